"""What a drill tries, in the child process: tagged defects planted, found, mended, brought back; the breaker held.

Only what is planted here is ever touched: the database was empty a moment ago.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from ..changes import Context, unit_of_work
from ..clock import utcnow
from ..extensions import db
from ..models import RECORDS, Breaker, Business, Check, Finding, Inquiry, Professional, QuarantineEntry, Record, User
from ..models.finding import OPEN
from ..models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..records import quarantine
from ..records.tables import table
from . import breaker, catalogue, runner, runs
from .scratch import Part, expect

EXERCISE = Context("system:drill")
SOUND = 12
FEWEST, MOST = 3, 50  # records at which the breaker is set here: enough to mend some, not too many to plant

Profile = type[Business] | type[Professional]
Make = Callable[..., Record]
Rows = dict[tuple[str, str], dict[str, Any]]  # (resource, id) -> the row


def _user(key: str, **values: Any) -> User:
    return User(id=key, email=f"{key}@drill.invalid", **{"role": BUSINESS_ADMIN, **values})


def _profile(model: Profile, key: str, **values: Any) -> Record:
    return model(id=key, name=key, **values)


ROLES: dict[Profile, str] = {Business: BUSINESS_ADMIN, Professional: PROFESSIONAL_ADMIN}
PROFILES: dict[str, Profile] = {"missing_business": Business, "missing_professional": Professional}
# What a defect looks like, by the check that must find it
PLANTS: dict[str, Make] = {"orphaned_user": _user, **{key: partial(_profile, model) for key, model in PROFILES.items()}}


def untried(facts: Mapping[str, Any]) -> list[str]:
    """Checks that act, for which no defect is known here."""
    return sorted(set(facts["checks"]) - set(PLANTS))


def settings(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the application is to be like: as the live one, with a breaker that a few records can trip."""
    return {
        "sightings": facts["sightings"],
        "breaker_count": min(max(facts["breakerCount"], FEWEST), MOST),
        "breaker_percent": facts["breakerPercent"],
    }


def parts(facts: Mapping[str, Any]) -> Sequence[Part]:
    """What is tried, in this order: each goes on from where the one before it stopped."""
    going = Exercise(facts)
    return (("find", going.find), ("mend", going.mend), ("restore", going.restore), ("breaker", going.hold_back))


class Exercise:
    """One drill under way. `planted`: check → ids of records it must find; `doomed`: those it must set aside."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.tag, self.sightings = facts["tag"], facts["sightings"]
        self.limit = settings(facts)["breaker_count"]
        self.acting = sorted(set(PLANTS) & set(facts["checks"]))
        self.graces = {key: facts["checks"].get(key, {"grace": 86_400})["grace"] for key in PLANTS}
        old = utcnow() - timedelta(seconds=max(self.graces.values()), days=2)
        self.old = {"created_at": old, "updated_at": old}
        self.planted: dict[str, set[str]] = {key: set() for key in PLANTS}
        self.doomed: dict[str, set[str]] = {key: set() for key in PLANTS}
        self.linked: dict[str, str] = {}
        self.before: Rows = {}

    def find(self) -> str:
        """Exactly what was planted is found."""
        self._plant_sound()
        self._plant_defects()
        self._set_modes()
        self.before = _rows()
        for _ in range(max(1, self.sightings - 1)):
            self._run(repair=False)
        self._expect_found(self.planted)
        expect("records changed by looking", _differing(self.before, _rows()), [])
        return f"{sum(map(len, self.planted.values()))} defects found, {SOUND} sound and all fresh records spared"

    def mend(self) -> str:
        """What acts sets aside or links again what it may, and nothing else."""
        self._run(repair=True)
        gone = sorted(key for check in self.acting for key in self.doomed[check])
        linked = sorted(key for key in self.linked if self._owner(key) in self.acting)
        now = _rows()
        expect(
            "records set aside", sorted(key for _, key in self.before.keys() - now.keys()), self._with_children(gone)
        )
        expect("records linked again", sorted(key for key in self.linked if _admin(now, key)), linked)
        expect(
            "whom they are linked to",
            {key: _admin(now, key) for key in linked},
            {key: self.linked[key] for key in linked},
        )
        left = _differing({key: row for key, row in self.before.items() if key in now}, now)
        expect("records changed", left, linked)
        return (
            f"{len(gone)} set aside, {len(linked)} linked again"
            if self.acting
            else "no check acts, so nothing was mended"
        )

    def restore(self) -> str:
        """Each comes back as it was, to the last column."""
        entries = list(db.session.scalars(select(QuarantineEntry.id)))
        for entry in entries:
            quarantine.restore(entry, EXERCISE)
        changed = set(_differing(self.before, _rows())) - set(self.linked)
        expect("records that came back different, or not at all", sorted(changed), [])
        return f"{len(entries)} brought back identical"

    def hold_back(self) -> str:
        """One record too many, and nothing is touched."""
        for check in self.acting:
            extra = [PLANTS[check](f"{self.tag}-many-{check}-{number}", **self.old) for number in range(self.limit + 1)]
            _save(extra)
        before = _rows()
        for _ in range(self.sightings):
            self._run(repair=True)
        stopped = db.session.scalars(select(Breaker.check_id).where(Breaker.state == breaker.TRIPPED))
        expect("breakers tripped", sorted(stopped), self.acting)
        expect("records touched in spite of the breaker", _differing(before, _rows()), [])
        return f"the breaker held {self.limit + 1} records back" if self.acting else "no breaker was needed"

    def _plant_sound(self) -> None:
        users = [_user(f"{self.tag}-sound-{number}", **self.old) for number in range(SOUND)]
        _save(users)
        _save(_profile(Business, f"{user.id}-business", admin_id=user.id, **self.old) for user in users)

    def _plant_defects(self) -> None:
        orphans = [_user(f"{self.tag}-orphan-{number}", **self.old) for number in range(2)]
        visitor = _user(f"{self.tag}-signed-in-lately", last_login_at=utcnow(), **self.old)
        _save([*orphans, visitor])
        if self.graces["orphaned_user"]:
            _save([_user(f"{self.tag}-fresh")])
        self.doomed["orphaned_user"] = {user.id for user in orphans}
        self.planted["orphaned_user"] = {*self.doomed["orphaned_user"], visitor.id}
        for check, model in PROFILES.items():
            self._plant_profiles(check, model)

    def _plant_profiles(self, check: str, model: Profile) -> None:
        lost, linked, admin = (f"{self.tag}-{check}-{kind}" for kind in ("lost", "unlinked", "admin"))
        _save([_user(admin, role=ROLES[model], **self.old)])
        _save([_profile(model, lost, **self.old), _profile(model, linked, admin_ref=admin, **self.old)])
        about = {"business_id": lost} if model is Business else {"professional_id": lost}
        _save(
            [
                Inquiry(
                    id=f"{lost}-inquiry",
                    name="drill",
                    email="drill@drill.invalid",
                    message="drill",
                    **about,
                    **self.old,
                )
            ]
        )
        self.planted[check], self.doomed[check] = {lost, linked}, {lost}
        self.planted["orphaned_user"].add(admin)  # until the profile has its admin again
        self.linked[linked] = admin

    def _set_modes(self) -> None:
        catalogue.register(EXERCISE)
        with unit_of_work(EXERCISE) as session:
            for check in session.scalars(select(Check)):
                check.mode = "act" if check.id in self.acting else "observe" if check.id in PLANTS else "off"
                check.grace_seconds = self.graces.get(check.id)

    def _run(self, *, repair: bool) -> None:
        run_id = runs.create(EXERCISE, repair=repair)
        assert run_id is not None  # noqa: S101 a run that is its own occurrence is always the first
        done = runner.execute(run_id)
        db.session.rollback()
        broken = (
            {line["check"]: line["detail"] for line in done["counts"] if line["state"] == "broken"}
            if done
            else {"all": "not run"}
        )
        expect("checks that broke", broken, {})

    def _expect_found(self, wanted: Mapping[str, set[str]]) -> None:
        for check, ids in wanted.items():
            query = select(Finding.record_id).where(Finding.check_id == check, Finding.state == OPEN)
            expect(f"found by {check}", sorted(db.session.scalars(query)), sorted(ids))

    def _owner(self, key: str) -> str:
        return next(check for check, ids in self.planted.items() if key in ids)

    def _with_children(self, gone: Iterable[str]) -> list[str]:
        profiles = {key for check in PROFILES for key in self.doomed[check]}
        return sorted(key for one in gone for key in ((one, f"{one}-inquiry") if one in profiles else (one,)))


def _save(records: Iterable[Record]) -> None:
    with unit_of_work(EXERCISE) as session:
        session.add_all(records)


def _rows() -> Rows:
    """Every row of every resource, to the last column."""
    with db.engine.connect() as connection:
        return {
            (name, row["id"]): dict(row)
            for name, model in RECORDS.items()
            for row in connection.execute(select(table(model))).mappings()
        }


def _differing(before: Rows, now: Rows) -> list[str]:
    """Ids of rows that are gone, new or different."""
    return sorted(
        key for resource, key in before.keys() | now.keys() if before.get((resource, key)) != now.get((resource, key))
    )


def _admin(rows: Rows, key: str) -> Any:
    return next((row["admin_id"] for (_, identity), row in rows.items() if identity == key and "admin_id" in row), None)
