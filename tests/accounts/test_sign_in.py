"""Signing in and changing a password: what is written, what ends, and one answer for every refusal."""

import bcrypt
import pytest
from sqlalchemy import select, update

from digisence.accounts import Client, change_password, passwords, sessions, sign_in
from digisence.changes import Context, unit_of_work
from digisence.errors import Invalid, Problem
from digisence.extensions import db
from digisence.models import Change, Session, User
from tests import outsider

from .conftest import PASSWORD, Orders, Person

pytestmark = pytest.mark.usefixtures("context")
HERE = Client("192.0.2.7", "a browser", "request-1")


def changes() -> list[tuple[str, str | None, set[str], object]]:
    """Actor, request, changed fields and secrets of every update of a user."""
    db.session.rollback()
    found = db.session.scalars(select(Change).where(Change.action == "updated").order_by(Change.id))
    return [
        (
            change.actor,
            change.request_id,
            {k for k in change.after if change.after[k] != change.before.get(k)},
            change.secrets,
        )
        for change in found
    ]


def test_signing_in_opens_a_session_and_notes_the_time(person: Person) -> None:
    user_id = person("Anna@Example.org")
    signed = sign_in(" anna@EXAMPLE.org ", PASSWORD, HERE)
    assert (signed.session.user_id, signed.session.role) == (user_id, "SUPER_ADMIN")
    assert signed.user["email"] == "Anna@Example.org"
    assert signed.user["version"] == 2
    assert "password" not in str(signed.user).lower().replace("mustchangepassword", "")
    session = db.session.get(Session, signed.session.session_id)
    assert (session.address, session.user_agent, session.revoked_at) == ("192.0.2.7", "a browser", None)
    assert changes() == [(f"user:{user_id}", "request-1", {"lastLoginAt", "version", "updatedAt"}, None)]


def test_an_imported_hash_becomes_argon2(person: Person) -> None:
    user_id = person(password_hash=bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())
    sign_in("anna@example.org", PASSWORD, HERE)
    stored = db.session.get(User, user_id).password_hash
    assert stored.startswith("$argon2id$")
    assert passwords.verify(PASSWORD, stored)
    assert changes()[0][3] == {"password": "changed"}
    sign_in("anna@example.org", PASSWORD, HERE)
    assert changes()[1][3] is None


def refusal(email: str, password: str) -> tuple[int, str, str]:
    with pytest.raises(Problem) as caught:
        sign_in(email, password, HERE)
    return caught.value.status, caught.value.code, caught.value.detail


def test_every_refusal_is_the_same(person: Person) -> None:
    person("anna@example.org")
    person("off@example.org", is_active=False)
    person("none@example.org", password_hash=None)
    person("twin@example.org")
    person("Twin@example.org")
    told = {
        refusal("anna@example.org", "wrong"),
        refusal("nobody@example.org", PASSWORD),
        refusal("off@example.org", PASSWORD),
        refusal("none@example.org", ""),
        refusal("twin@example.org", PASSWORD),
        refusal("Twin@example.org", PASSWORD),
        refusal("", ""),
    }
    assert told == {(401, "invalid-credentials", "E-mail or password is wrong.")}
    assert db.session.scalars(select(Session)).all() == []
    assert changes() == []


def test_a_new_password_ends_every_session_and_brings_a_fresh_one(person: Person, orders: Orders) -> None:
    user_id = person(must_change_password=True)
    old = [sign_in("anna@example.org", PASSWORD, HERE).session for _ in range(2)]
    fresh = change_password(user_id, PASSWORD, "four brown bears sleep", HERE)
    told = orders()
    assert len(told) == 1
    assert set(told[0]["sessions"]) == {session.session_id for session in old}
    assert told[0]["users"] == []
    assert [sessions.check(each.session_id, user_id) for each in old] == [None, None]
    assert sessions.check(fresh.session.session_id, user_id) == fresh.session
    assert fresh.user["mustChangePassword"] is False
    assert refusal("anna@example.org", PASSWORD)[0] == 401
    assert changes()[-1] == (
        f"user:{user_id}", "request-1", {"mustChangePassword", "version", "updatedAt"}, {"password": "changed"},
    )  # fmt: skip
    sign_in("anna@example.org", "four brown bears sleep", HERE)


@pytest.mark.parametrize(
    ("current", "new", "code", "field"),
    [
        ("wrong", "four brown bears sleep", "wrong-password", "currentPassword"),
        (PASSWORD, "short", "invalid", "newPassword"),
        (PASSWORD, PASSWORD, "invalid", "newPassword"),
    ],
)
def test_a_bad_change_of_password_changes_nothing(
    person: Person, current: str, new: str, code: str, field: str
) -> None:
    user_id = person()
    session = sign_in("anna@example.org", PASSWORD, HERE).session
    with pytest.raises(Invalid) as caught:
        change_password(user_id, current, new, HERE)
    assert (caught.value.code, list(caught.value.fields)) == (code, [field])
    assert sessions.check(session.session_id, user_id) == session


def test_an_account_disabled_while_the_password_is_compared_stays_out(
    person: Person, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person()
    verify = passwords.verify

    def slowly(password: str, stored: str | None) -> bool:
        right = verify(password, stored)
        outsider.write(database, "UPDATE users SET is_active = false")
        return right

    monkeypatch.setattr(passwords, "verify", slowly)
    assert refusal("anna@example.org", PASSWORD)[1] == "invalid-credentials"
    assert db.session.scalars(select(Session)).all() == []


def test_two_changes_of_one_password_at_once_do_not_both_win(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = person()
    hash_password = passwords.hash_password

    def slowly(password: str) -> str:
        made = hash_password(password)
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        with unit_of_work(Context("user:other")) as unit:
            unit.execute(update(User).values(password_hash=hash_password("five white doves fly")))
        return made

    monkeypatch.setattr(passwords, "hash_password", slowly)
    with pytest.raises(Problem):
        change_password(user_id, PASSWORD, "four brown bears sleep", HERE)
    sign_in("anna@example.org", "five white doves fly", HERE)
