"""A made-up directory to try things on: the same for the same seed, with some defects where asked for.

It is written in the old platform's form and goes in through the importer, so a second run adds nothing.
"""

import random
import re
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..changes import Context
from ..clock import to_wire, utcnow
from ..extensions.db import db
from . import words
from .order import BATCH, in_turn
from .placing import Placer
from .report import Report
from .shape import COLLECTIONS, Candidate, shape

SEEDER = Context("system:seed")
OLDEST_DAYS, DEFECT_DAYS = 700, 30  # a defect of that age is past every grace
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
REVIEW = ("PENDING", "PENDING", "UNDER_REVIEW", "APPROVED", "REJECTED", "COMPLETED")
Advance = Callable[[int], object]
Document = dict[str, Any]


def seed_demo(
    businesses: int = 500, *, defects: bool = False, seed: int = 1, advance: Advance = lambda _documents: None
) -> Report:
    """Add `businesses` businesses, half as many professionals, their admins and what visitors wrote to them.

    Nobody of them has a password, so nobody can sign in. `defects` adds what the checks should find: users without a
    profile, profiles whose admin is gone, twins of an e-mail, lost categories. `advance` is told documents.
    """
    started = time.monotonic()
    report = Report(dry_run=False)
    placer = Placer(report, SEEDER)
    for collection, documents in Directory(businesses, defects, seed).collections().items():
        candidates = [shape(collection, document) for document in documents]
        report.tally(collection).read += len(candidates)
        for batch in _batches(collection, candidates):
            placer.place(COLLECTIONS[collection], batch, together=collection == "categories")
            advance(len(batch))
    db.session.rollback()
    report.seconds = time.monotonic() - started
    return report


def _batches(collection: str, candidates: list[Candidate]) -> list[list[Candidate]]:
    if collection == "categories":
        return in_turn(candidates)
    return [candidates[start : start + BATCH] for start in range(0, len(candidates), BATCH)]


class Directory:
    """The documents, made in one fixed order from one source of chance."""

    def __init__(self, businesses: int, defects: bool, seed: int) -> None:
        self._chance, self._seed, self._defects = random.Random(seed), seed, defects  # noqa: S311
        self._today = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
        self._count = 0
        self._users: list[Document] = []
        self._categories = list(self._make_categories())
        self._businesses = [self._business() for _ in range(businesses)]
        self._professionals = [self._professional() for _ in range(businesses // 2)]
        if defects:
            self._spoil()

    def collections(self) -> dict[str, list[Document]]:
        """Documents by collection, in the order in which they go in."""
        size = len(self._businesses)
        return {
            "users": self._users,
            "categories": self._categories,
            "businesses": self._businesses,
            "professionals": self._professionals,
            "inquiries": [self._inquiry("businessId", self._businesses) for _ in range(2 * size)],
            "professional_inquiries": [
                self._inquiry("professionalId", self._professionals) for _ in range(size if self._professionals else 0)
            ],
            "business_listing_inquiries": [self._listing() for _ in range(size // 10)],
            "registration_inquiries": [self._registration() for _ in range(size // 8)],
        }

    def _new(self, **values: Any) -> Document:
        born = self._today - timedelta(seconds=self._chance.randrange(2 * 86400, OLDEST_DAYS * 86400))
        touched = min(self._today, born + timedelta(seconds=self._chance.randrange(3 * 86400)))
        return {"_id": self._id(), **values, **_times(born, touched)}

    def _id(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def _pick(self, choices: Any) -> Any:
        return self._chance.choice(choices)

    def _person(self) -> tuple[str, str]:
        self._count += 1
        first, last = self._pick(words.FIRST), self._pick(words.LAST)
        return f"{first} {last}", f"{_ascii(first)}.{_ascii(last)}.{self._seed}-{self._count}@example.org"

    def _phone(self) -> str:
        return f"+91 {self._chance.randrange(70000, 99999)} {self._chance.randrange(10000, 99999)}"

    def _user(self, role: str) -> Document:
        name, email = self._person()
        user = self._new(email=email, name=name, role=role)
        self._users.append(user)
        return user

    def _make_categories(self) -> Iterator[Document]:
        for name, trades in words.TRADES.items():
            top = self._category(name, None)
            yield top
            for trade in trades:
                yield self._category(trade, top["_id"])

    def _category(self, name: str, parent: str | None) -> Document:
        slug = f"{_ascii(name)}-{self._seed}"
        return self._new(name=name, slug=slug, type="BUSINESS", parentId=parent, description=f"{name} near you")

    def _business(self) -> Document:
        admin = self._user("BUSINESS_ADMIN")
        category = self._pick([category for category in self._categories if category["parentId"]])
        city, last = self._pick(words.CITIES), admin["name"].split(" ", 1)[1]
        name = f"{last} {category['name']}"
        return self._new(
            name=name,
            slug=f"{_ascii(name)}-{self._seed}-{self._count}",
            description=f"{self._pick(words.PRAISES)} {self._chance.randrange(1950, 2024)}.",
            address=f"{self._chance.randrange(1, 300)} {self._pick(words.STREETS)}, {city}",
            phone=self._phone(),
            email=admin["email"],
            website=f"https://{_ascii(name)}.example",
            isActive=self._chance.random() < 0.9,
            openingHours=[{"day": day, "open": "09:00", "close": "18:00"} for day in WEEKDAYS],
            adminId=admin["_id"],
            categoryId=category["_id"],
        )

    def _professional(self) -> Document:
        admin = self._user("PROFESSIONAL_ADMIN")
        profession, city = self._pick(words.PROFESSIONS), self._pick(words.CITIES)
        return self._new(
            name=admin["name"],
            slug=f"{_ascii(admin['name'])}-{self._seed}-{self._count}",
            professionName=profession,
            professionalHeadline=f"{profession} in {city}",
            location=city,
            phone=self._phone(),
            email=admin["email"],
            skills=self._chance.sample(words.SKILLS, 3),
            isActive=self._chance.random() < 0.9,
            adminId=admin["_id"],
        )

    def _inquiry(self, field: str, addressees: list[Document]) -> Document:
        name, email = self._person()
        return self._new(
            name=name,
            email=email,
            message=self._pick(words.QUESTIONS),
            status=self._pick(("NEW", "NEW", "READ", "REPLIED", "CLOSED")),
            **{field: self._pick(addressees)["_id"]},
        )

    def _listing(self) -> Document:
        name, email = self._person()
        trade = self._pick([trade for trades in words.TRADES.values() for trade in trades])
        return self._new(
            businessName=f"{name.split(' ', 1)[1]} {trade}",
            contactName=name,
            email=email,
            phone=self._phone(),
            requirements=f"Please list our {trade.lower()} with photographs and opening hours.",
            inquiryType=self._pick(("LISTING", "PREMIUM")),
            status=self._pick(REVIEW),
        )

    def _registration(self) -> Document:
        name, email = self._person()
        kind = self._pick(("BUSINESS", "PROFESSIONAL"))
        trade, profession = self._pick(words.TRADES["Services"]), self._pick(words.PROFESSIONS)
        return self._new(
            type=kind,
            name=name,
            email=email,
            phone=self._phone(),
            location=self._pick(words.CITIES),
            termsAccepted=True,
            status=self._pick(("PENDING", "PENDING", "UNDER_REVIEW", "REJECTED")),
            **({"businessName": f"{name} {trade}"} if kind == "BUSINESS" else {"profession": profession}),
        )

    def _spoil(self) -> None:
        """The defects: about one in a hundred, at least two of each kind, and two users too fresh to be one."""
        many = max(2, len(self._businesses) // 100)
        for _ in range(many):
            self._aged(self._user(self._pick(("BUSINESS_ADMIN", "PROFESSIONAL_ADMIN"))))
        for profiles in (self._businesses, self._professionals):
            for profile in self._chance.sample(profiles, min(many, len(profiles))):
                self._users = [user for user in self._users if user["_id"] != profile["adminId"]]
                self._aged(profile)
        for business in self._chance.sample(self._businesses, min(many, len(self._businesses))):
            business["categoryId"] = self._id()
        self._users[1]["email"] = self._users[0]["email"].upper()
        for _ in range(2):
            self._user("BUSINESS_ADMIN").update(_times(utcnow(), utcnow()))

    def _aged(self, document: Document) -> None:
        moment = self._today - timedelta(days=DEFECT_DAYS)
        document.update(_times(moment, moment))


def _times(born: datetime, touched: datetime) -> Document:
    return {"createdAt": {"$date": to_wire(born)}, "updatedAt": {"$date": to_wire(touched)}}


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
