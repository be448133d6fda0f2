"""The demo directory: the same for the same seed, sound unless defects are asked for."""

import pytest
from sqlalchemy import func, select

from digisence.clock import utcnow
from digisence.extensions import db
from digisence.importing.demo import Directory, seed_demo
from digisence.models import Business, Change, LegacyDocument, Professional, User

pytestmark = pytest.mark.usefixtures("context")


def bare_users() -> list[User]:
    admins = {*db.session.scalars(select(Business.admin_id)), *db.session.scalars(select(Professional.admin_id))}
    return [user for user in db.session.scalars(select(User)) if user.id not in admins]


def test_a_sound_directory() -> None:
    report = seed_demo(40)
    assert {name: tally.placed for name, tally in report.tallies.items()} == {
        "users": 60, "categories": 43, "businesses": 40, "professionals": 20, "inquiries": 80,
        "professional_inquiries": 40, "business_listing_inquiries": 4, "registration_inquiries": 5,
    }  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(LegacyDocument)) == 0
    assert not any(tally.dangling for tally in report.tallies.values())
    assert bare_users() == []
    assert set(db.session.scalars(select(User.password_hash))) == {None}
    told = {tuple(row) for row in db.session.execute(select(Change.action, Change.actor))}
    assert told == {("created", "system:seed")}


def test_the_same_seed_adds_nothing_another_one_does() -> None:
    seed_demo(10)
    assert seed_demo(10).total("placed") == 0
    other = seed_demo(10, seed=2)
    assert (other.total("present"), other.total("aside"), other.total("beside")) == (0, 0, 0)


def test_the_same_seed_makes_the_same_directory() -> None:
    first, second = (Directory(12, False, 3).collections() for _ in range(2))
    assert first == second


def test_defects_are_there_when_asked_for() -> None:
    report = seed_demo(300, defects=True)
    old = [user for user in bare_users() if (utcnow() - user.updated_at).days >= 29]
    assert len(old) == 3
    assert len(bare_users()) == 5
    assert report.tally("businesses").dangling == {"adminId": 3, "categoryId": 3}
    assert report.tally("professionals").dangling == {"adminId": 3}
    lowered = [email.lower() for email in db.session.scalars(select(User.email))]
    assert len(lowered) - len(set(lowered)) == 1
    assert (report.total("aside"), report.total("beside")) == (0, 0)


def test_the_smallest() -> None:
    assert seed_demo(1, defects=True).total("aside") == 0
