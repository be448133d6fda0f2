"""One-time links: good once, for a day, for an enabled account; what stays of them tells nobody the token."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence.accounts import Client, change_password, links, passwords, sessions, sign_in
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.errors import Conflict, Invalid, Problem
from digisence.extensions import db
from digisence.models import Change, Link, User

from .conftest import PASSWORD, Orders, Person

pytestmark = pytest.mark.usefixtures("context")
alone = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
HERE = Client("192.0.2.7", "a browser", "request-1")
NEW = "four brown bears sleep"


def issue(user_id: str, purpose: str = links.SET_PASSWORD) -> str:
    """The token of a new link."""
    with unit_of_work(Context("system:test")) as unit:
        url = links.issue(unit, user_id, purpose)
    address, _, token = url.partition("#")
    assert address == "http://127.0.0.1:8000/set-password"
    return token


def refusal(token: str, password: str = NEW) -> tuple[int, str, str]:
    with pytest.raises(Problem) as caught:
        links.set_password(token, password, HERE)
    return caught.value.status, caught.value.code, caught.value.detail


def test_a_link_sets_the_password_once_and_ends_every_session(person: Person, orders: Orders) -> None:
    user_id = person(must_change_password=True)
    old = sign_in("anna@example.org", PASSWORD, HERE).session
    token = issue(user_id)
    assert links.set_password(token, NEW, HERE) == "anna@example.org"
    assert orders()[-1]["sessions"] == [old.session_id]
    assert sessions.check(old.session_id, user_id) is None
    user = db.session.get(User, user_id)
    assert passwords.verify(NEW, user.password_hash)
    assert user.must_change_password is False
    db.session.rollback()
    change = db.session.scalars(select(Change).where(Change.resource == "users").order_by(Change.id)).all()[-1]
    assert (change.actor, change.request_id) == (f"user:{user_id}", "request-1")
    assert change.secrets == {"password": "changed"}
    assert refusal(token)[:2] == (410, "link-not-valid")
    assert "used before" in refusal(token)[2]


@alone
def test_what_is_kept_of_a_link_is_a_digest(person: Person) -> None:
    token = issue(person())
    (link,) = db.session.scalars(select(Link))
    assert token not in str(vars(link))
    assert len(link.digest) == 64
    assert link.expires_at - link.created_at == timedelta(hours=24)


def test_an_expired_link_a_replaced_one_and_an_unknown_one_set_nothing(person: Person) -> None:
    user_id = person()
    replaced = issue(user_id)
    expired = issue(user_id, links.INVITATION)
    with unit_of_work(Context("system:test")) as unit:
        unit.execute(update(Link).values(expires_at=utcnow() - timedelta(seconds=1)))
    told = [refusal(token) for token in (replaced, expired, "unknown", "é" * 9)]
    assert {answer[:2] for answer in told} == {(410, "link-not-valid")}
    assert told[0] == told[2] == told[3]
    assert "24 hours" in told[1][2]
    assert passwords.verify(PASSWORD, db.session.get(User, user_id).password_hash)


@alone
def test_a_disabled_account_and_a_weak_password_leave_the_link_as_it_was(person: Person) -> None:
    user_id = person(is_active=False)
    token = issue(user_id)
    with pytest.raises(Conflict) as caught:
        links.set_password(token, NEW, HERE)
    assert caught.value.code == "inactive"
    with pytest.raises(Invalid) as weak:
        links.set_password(token, "short", HERE)
    assert list(weak.value.fields) == ["password"]
    with unit_of_work(Context("system:test")) as unit:
        unit.get_one(User, user_id).is_active = True
    links.set_password(token, NEW, HERE)


def test_of_several_at_once_one_uses_the_link(app: Flask, person: Person) -> None:
    user_id = person()
    token, ready, told = issue(user_id), threading.Barrier(4), []

    def use(number: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                links.set_password(token, f"{NEW} {number}", HERE)
                told.append(number)
            except Problem as problem:
                told.append(problem.code)

    rivals = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    (winner,) = [each for each in told if isinstance(each, int)]
    assert sorted(map(str, told))[1:] == ["link-not-valid"] * 3
    assert passwords.verify(f"{NEW} {winner}", db.session.get(User, user_id).password_hash)


def test_a_password_set_while_the_link_is_looked_at_is_no_second_use(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = person()
    token, hash_password = issue(user_id), passwords.hash_password

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        links.set_password(token, "five white doves fly", HERE)
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    assert refusal(token)[:2] == (410, "link-not-valid")
    sign_in("anna@example.org", "five white doves fly", HERE)


def test_a_link_ends_with_the_e_mail_and_with_the_password_it_was_made_for(person: Person) -> None:
    """Whoever gave a wrong address, or fears for a password, is safe once it is changed, by whatever way."""
    user_id = person()
    for change in ({"email": "other@example.org"}, {"password_hash": passwords.hash_password("six red foxes wait")}):
        token = issue(user_id)
        with unit_of_work(Context("system:test")) as unit:
            unit.execute(update(User).where(User.id == user_id).values(change))
        assert refusal(token)[:2] == (410, "link-not-valid"), change
        assert "was changed" in refusal(token)[2]
    assert links.set_password(issue(user_id), NEW, HERE) == "other@example.org"


def test_a_password_changed_while_the_link_is_looked_at_stays(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = person()
    token, hash_password = issue(user_id), passwords.hash_password

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        change_password(user_id, PASSWORD, "five white doves fly", HERE)
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    assert "was changed" in refusal(token)[2]
    sign_in("anna@example.org", "five white doves fly", HERE)


def test_old_links_are_forgotten(person: Person) -> None:
    issue(person())
    assert links.forget_expired() == 0
    with unit_of_work(Context("system:test")) as unit:
        unit.execute(update(Link).values(expires_at=utcnow() - timedelta(days=2)))
    assert links.forget_expired() == 1
    assert db.session.scalars(select(Link)).all() == []
