"""Each reason for which a sweep leaves somebody alone, at its limits."""

from datetime import timedelta
from typing import Any

import pytest

from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import protection
from digisence.models import Business, Link, RegistrationInquiry, Session

from .conftest import business, professional, user
from .ground import ago, ground, put, standing, stranger  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")
NOW = utcnow()
LAST = "the last admin of a profile that waits to be linked again"
PENDING = "a registration under the same e-mail is under review"


def told(*ids: str, actor: str = "system:sweep") -> dict[str, str]:
    """What is said of these users."""
    found = protection.reasons(db.session, protection.User, ids, actor, NOW)
    db.session.rollback()
    return found


def session(**values: Any) -> Session:
    return Session(user_id="u", **{"expires_at": NOW + timedelta(seconds=1)} | values)


def application(status: str, email: str = "U@Example.org") -> RegistrationInquiry:
    return RegistrationInquiry(type="BUSINESS", name="Somebody", email=email, status=status)


def test_nobody_is_kept_without_a_reason() -> None:
    put(user("u"), user("v", "SUPER_ADMIN"))
    assert told("u", "nobody") == {}


def test_other_records_than_users_are_never_kept() -> None:
    put(user("v", "SUPER_ADMIN"))
    assert protection.reasons(db.session, Business, ["v"], "user:v", NOW) == {}


def test_a_superadmin_is_kept_for_that_before_all_else() -> None:
    put(user("u"), user("v", "SUPER_ADMIN", last_login_at=NOW))
    assert told("u", "v", actor="user:v") == {"v": "a superadmin"}


def test_whoever_asked_is_kept() -> None:
    put(user("u"), user("v"))
    assert told("u", "v", actor="user:v") == {"v": "whoever asked for the run"}
    assert told("u", "v", actor="system:v") == {}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, True),
        ({"expires_at": NOW}, False),
        ({"revoked_at": NOW}, False),
        ({"expires_at": NOW - timedelta(1)}, False),
    ],
)
def test_a_live_session_keeps_its_own_user(values: dict[str, Any], kept: bool) -> None:
    put(user("u"), user("v"), session(**values))
    assert told("u", "v") == ({"u": "signed in now"} if kept else {})


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
def test_a_recent_sign_in_keeps(days: float, kept: bool) -> None:
    put(user("u", last_login_at=NOW - timedelta(days=days)))
    assert told("u") == ({"u": "signed in within 30 days"} if kept else {})


@pytest.mark.parametrize(
    ("values", "kept"), [({}, True), ({"expires_at": NOW}, False), ({"used_at": NOW - timedelta(1)}, False)]
)
def test_a_link_that_is_good_keeps_whoever_it_was_mailed_to(values: dict[str, Any], kept: bool) -> None:
    link = {"digest": "d", "user_id": "u", "purpose": "invitation", "expires_at": NOW + timedelta(seconds=1)}
    put(user("u"), user("v"), Link(**link | values))
    assert told("u", "v") == ({"u": "asked by mail to choose a password"} if kept else {})


@pytest.mark.parametrize(("status", "kept"), [("PENDING", True), ("UNDER_REVIEW", True), ("REJECTED", False)])
def test_a_registration_under_review_keeps_whatever_the_case_of_its_email(status: str, kept: bool) -> None:
    put(user("u"), user("v"), application(status))
    assert told("u", "v") == ({"u": PENDING} if kept else {})


def test_an_email_in_capitals_is_the_same() -> None:
    u = user("u")
    u.email = "U@EXAMPLE.org"
    put(u, application("PENDING", "u@example.org"))
    assert told("u") == {"u": PENDING}


@pytest.mark.parametrize("profile", [business, professional])
def test_the_last_admin_of_a_profile_without_one_is_kept(profile: Any) -> None:
    put(user("u"), user("v"), user("w"), profile("p", None, admin_ref="u"), profile("q", "w", admin_ref="v"))
    assert told("u", "v", "w") == {"u": LAST}


def test_a_profile_that_names_an_admin_remembers_that_one_alone() -> None:
    """Which is why a profile whose admin is gone without a trace cannot wait for anybody else."""
    put(user("u"), user("w"), business("p", "w"))
    stranger("DELETE FROM users WHERE id = 'w'", "UPDATE businesses SET admin_ref = 'u'")
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT admin_id, admin_ref FROM businesses").one() == ("w", "w")
    assert told("u") == {}


def test_many_are_told_apart() -> None:
    put(*(user(f"u{n}", last_login_at=ago(days=1) if n % 2 else None) for n in range(6)))
    assert sorted(told(*(f"u{n}" for n in range(6)))) == ["u1", "u3", "u5"]
