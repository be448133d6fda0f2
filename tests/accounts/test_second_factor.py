"""The second factor: no code is good twice, recovery codes neither; its secrets are in no change and in no clear."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from digisence.accounts import Client, second_factor, sessions, sign_in
from digisence.changes import Context, unit_of_work
from digisence.errors import Conflict, Invalid, NotFound, Problem
from digisence.extensions import db
from digisence.models import Change, QuarantineEntry, SecondFactor, User
from digisence.records import crud, quarantine

from .conftest import PASSWORD, Person

pytestmark = pytest.mark.usefixtures("context")
alone = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
HERE = Client("192.0.2.7", "a browser", "request-1")
EMAIL = "anna@example.org"


class Clock:
    """The time that codes are made and compared at."""

    def __init__(self) -> None:
        self.now = datetime(2027, 1, 15, 8, 0, 15, tzinfo=UTC)

    def wait(self, seconds: int = 30) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(second_factor, "utcnow", lambda: made.now)
    return made


def code(secret: str, clock: Clock, ahead: int = 0) -> str:
    return str(pyotp.TOTP(secret).at(clock.now + timedelta(seconds=30 * ahead)))


def enrol(user_id: str, clock: Clock) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a second factor that is on; its first code is spent."""
    secret = second_factor.begin(user_id, PASSWORD, HERE).secret
    return secret, second_factor.confirm(user_id, code(secret, clock), HERE)


def refusal(given: str | None) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        sign_in(EMAIL, PASSWORD, HERE, given)
    return caught.value.status, caught.value.code


def told(action: str) -> list[Change]:
    db.session.rollback()
    return list(db.session.scalars(select(Change).where(Change.action == action).order_by(Change.id)))


def test_it_asks_for_a_code_only_once_one_was_confirmed(person: Person, clock: Clock) -> None:
    user_id = person()
    made = second_factor.begin(user_id, PASSWORD, HERE)
    assert made.uri.startswith("otpauth://totp/digisence:anna%40example.org?secret=" + made.secret)
    assert made.svg.startswith("<svg")
    sign_in(EMAIL, PASSWORD, HERE)
    with pytest.raises(Invalid) as caught:
        second_factor.confirm(user_id, "000000" if code(made.secret, clock) != "000000" else "000001", HERE)
    assert caught.value.code == "invalid-totp"
    assert second_factor.state(user_id) == {"since": None, "recovery_codes": 0}
    codes = second_factor.confirm(user_id, code(made.secret, clock), HERE)
    assert len(set(codes)) == 10
    assert second_factor.state(user_id)["recovery_codes"] == 10
    assert refusal(None) == (401, "totp-required")
    clock.wait()
    assert sign_in(EMAIL, PASSWORD, HERE, code(made.secret, clock)).session.second_factor is True


def test_a_code_is_good_once_and_one_period_off(person: Person, clock: Clock) -> None:
    secret, _ = enrol(person(), clock)
    assert refusal(code(secret, clock)) == (401, "invalid-totp")  # it confirmed
    clock.wait(150)
    assert refusal(code(secret, clock, -2)) == (401, "invalid-totp")
    assert refusal(code(secret, clock, 2)) == (401, "invalid-totp")
    sign_in(EMAIL, PASSWORD, HERE, code(secret, clock, -1))
    sign_in(EMAIL, PASSWORD, HERE, code(secret, clock))
    ahead = code(secret, clock, 1)
    sign_in(EMAIL, PASSWORD, HERE, f" {ahead[:3]} {ahead[3:]}")
    assert [refusal(code(secret, clock, n))[1] for n in (-1, 0, 1)] == ["invalid-totp"] * 3


@alone
def test_a_wrong_password_is_refused_alike_whatever_code_comes_with_it(person: Person, clock: Clock) -> None:
    secret, codes = enrol(person(), clock)
    clock.wait()
    for given in (None, code(secret, clock), codes[0]):
        with pytest.raises(Problem) as caught:
            sign_in(EMAIL, "wrong", HERE, given)
        assert caught.value.code == "invalid-credentials"
    sign_in(EMAIL, PASSWORD, HERE, code(secret, clock))
    sign_in(EMAIL, PASSWORD, HERE, codes[0])


def test_a_recovery_code_is_good_once_however_it_is_typed(person: Person, clock: Clock) -> None:
    user_id = person()
    _, codes = enrol(user_id, clock)
    sign_in(EMAIL, PASSWORD, HERE, codes[3].upper().replace("-", " "))
    assert refusal(codes[3]) == (401, "invalid-totp")
    assert second_factor.state(user_id)["recovery_codes"] == 9
    assert told("signed-in")[-1].after["secondFactor"] == "recovery-code"


def rivals(app: Flask, count: int, act: Any) -> list[Any]:
    """What `act` gave to each of so many at once; of a Problem its code."""
    ready, results = threading.Barrier(count), []

    def run() -> None:
        with app.app_context():
            ready.wait()
            try:
                results.append(act())
            except Problem as problem:
                results.append(problem.code)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_of_several_at_once_one_gets_in_with_a_code(app: Flask, person: Person, clock: Clock, kind: str) -> None:
    user_id = person()
    secret, codes = enrol(user_id, clock)
    clock.wait()
    given = code(secret, clock) if kind == "totp" else codes[0]
    results = rivals(app, 3, lambda: sign_in(EMAIL, PASSWORD, HERE, given))
    assert sorted(map(str, results))[-2:] == ["invalid-totp"] * 2
    assert len(sessions.of_user(user_id)) == 1


def test_several_sign_ins_at_once_all_succeed(app: Flask, person: Person) -> None:
    user_id = person()
    results = rivals(app, 3, lambda: sign_in(EMAIL, PASSWORD, HERE).session.user_id)
    assert results == [user_id] * 3


@alone
def test_renewed_recovery_codes_end_the_older_ones(person: Person, clock: Clock) -> None:
    user_id = person()
    secret, old = enrol(user_id, clock)
    clock.wait()
    with pytest.raises(Invalid) as caught:
        second_factor.renew(user_id, "wrong", code(secret, clock), HERE)
    assert caught.value.code == "wrong-password"
    new = second_factor.renew(user_id, PASSWORD, code(secret, clock), HERE)
    assert not set(new) & set(old)
    assert refusal(old[0]) == (401, "invalid-totp")
    sign_in(EMAIL, PASSWORD, HERE, new[0])


@alone
def test_it_is_turned_off_by_password_and_code_alone(person: Person, clock: Clock) -> None:
    user_id = person()
    secret, codes = enrol(user_id, clock)
    clock.wait()
    for password, given, refused in (("wrong", code(secret, clock), "wrong-password"), (PASSWORD, "1", "invalid-totp")):
        with pytest.raises(Invalid) as caught:
            second_factor.turn_off(user_id, password, given, HERE)
        assert caught.value.code == refused
    second_factor.turn_off(user_id, PASSWORD, codes[0], HERE)
    user = db.session.get(User, user_id)
    assert (user.totp_secret, user.recovery_codes, user.totp_since) == (None, None, None)
    db.session.rollback()
    sign_in(EMAIL, PASSWORD, HERE)
    with pytest.raises(Conflict) as off:
        second_factor.turn_off(user_id, PASSWORD, codes[1], HERE)
    assert off.value.code == "totp-off"


@alone
def test_a_superadmin_resets_another_s_and_not_their_own(person: Person, clock: Clock) -> None:
    user_id = person()
    secret, _ = enrol(user_id, clock)
    clock.wait()
    session = sign_in(EMAIL, PASSWORD, HERE, code(secret, clock)).session
    with pytest.raises(Conflict) as caught:
        second_factor.reset(user_id, Context(f"user:{user_id}"))
    assert caught.value.code == "self"
    assert second_factor.reset(user_id, Context("user:other")) is True
    assert sessions.check(session.session_id, user_id) is None
    assert [(event.actor, event.record_id) for event in told("totp-reset")] == [("user:other", user_id)]
    assert second_factor.reset(user_id, Context("user:other")) is False
    sign_in(EMAIL, PASSWORD, HERE)
    with pytest.raises(NotFound):
        second_factor.reset("nobody", Context("user:other"))


def test_a_secret_that_is_not_confirmed_in_time_ends(person: Person, clock: Clock) -> None:
    user_id = person()
    secret = second_factor.begin(user_id, PASSWORD, HERE).secret
    clock.wait(15 * 60 + 1)
    with pytest.raises(Conflict) as caught:
        second_factor.confirm(user_id, code(secret, clock), HERE)
    assert caught.value.code == "totp-not-begun"


def test_no_secret_is_kept_or_told_in_the_clear(person: Person, clock: Clock) -> None:
    user_id = person()
    secret, codes = enrol(user_id, clock)
    user, beside = db.session.get(User, user_id), db.session.get(SecondFactor, user_id)
    kept = f"{vars(user)}{vars(beside)}"
    everything = kept + "".join(str(vars(change)) for change in db.session.scalars(select(Change)))
    assert secret not in everything
    assert user.totp_secret not in str([vars(change) for change in db.session.scalars(select(Change))])
    assert all(each not in everything for each in codes)
    last = told("updated")[-1]
    assert last.secrets == {"totp": "changed", "recoveryCodes": "changed"}
    assert set(last.after) & {"totp_secret", "totpSecret", "recovery_codes", "recoveryCodes"} == set()


@alone
def test_a_sealed_secret_opens_nothing_for_another_user(person: Person, clock: Clock) -> None:
    thief, owner = person("thief@example.org"), person()
    enrol(owner, clock)
    secret, _ = enrol(thief, clock)
    with unit_of_work(Context("system:test")) as unit:
        unit.get_one(User, owner).totp_secret = unit.get_one(User, thief).totp_secret
    clock.wait()
    assert refusal(code(secret, clock)) == (409, "sealed")


def test_quarantine_keeps_it_sealed_and_gives_it_back(person: Person, clock: Clock) -> None:
    person("other@example.org")
    user_id = person()
    secret, codes = enrol(user_id, clock)
    sealed = db.session.get(User, user_id).totp_secret
    db.session.rollback()
    entry = crud.delete(User, user_id, Context("system:test"))
    kept = str(vars(db.session.get(QuarantineEntry, entry.id)))
    assert secret not in kept
    assert sealed not in kept
    quarantine.restore(entry.id, Context("system:test"))
    db.session.rollback()
    assert db.session.get(User, user_id).totp_secret == sealed
    db.session.rollback()
    clock.wait()
    assert refusal(None) == (401, "totp-required")
    sign_in(EMAIL, PASSWORD, HERE, code(secret, clock))
    sign_in(EMAIL, PASSWORD, HERE, codes[0])


@alone
def test_signs_of_every_sign_in_are_kept(person: Person, clock: Clock) -> None:
    user_id = person()
    with pytest.raises(Problem):
        sign_in("nobody@example.org", PASSWORD, HERE)
    with pytest.raises(Problem):
        sign_in(EMAIL, "wrong", HERE)
    session = sign_in(EMAIL, PASSWORD, HERE).session
    failed = [(event.record_id, event.after, event.address) for event in told("sign-in-failed")]
    assert failed == [
        ("", {"reason": "invalid-credentials"}, "192.0.2.7"),
        (user_id, {"reason": "invalid-credentials"}, "192.0.2.7"),
    ]
    (event,) = told("signed-in")
    assert (event.actor, event.record_id) == (f"user:{user_id}", user_id)
    assert (event.after, event.request_id) == ({"session": session.session_id}, "request-1")
