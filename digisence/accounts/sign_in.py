"""Signing in and changing a password: one answer and one duration for every refusal."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select

from ..changes import events, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..errors import Invalid, Problem
from ..extensions import db
from ..models import User
from ..models.wire import dump
from ..records import emails
from . import passwords, second_factor, sessions
from .client import Client

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SignIn:
    """A session that was opened, and its user's public form."""

    session: sessions.Signed
    user: dict[str, Any]


@dataclass(frozen=True)
class Account:
    """What a password is compared with."""

    id: str
    email: str
    name: str | None
    password_hash: str | None
    is_active: bool


def refused() -> Problem:
    """The one answer, whatever the reason."""
    return Problem(401, "invalid-credentials", "E-mail or password is wrong.")


def sign_in(email: str, password: str, client: Client, code: str | None = None) -> SignIn:
    """Open a session for the user with this e-mail, in whatever case it is written, and this password.

    Problem 401 `invalid-credentials`, alike for a wrong password and for an account that is unknown, disabled
    or ambiguous by case. After a right password, where the account has a second factor: Problem 401 `totp-required`
    without a `code`, `invalid-totp` for one that is wrong or used.
    """
    account = _account(emails.of(email))
    stored = account.password_hash if account else None
    right = passwords.verify(password, stored)
    try:
        if not right or account is None or not account.is_active:
            passwords.even_out(password, stored)
            raise refused()
        return _open(account, password, client, code)
    except Problem as problem:
        _note(problem.code, account.id if account else "", client)
        raise


def change_password(user_id: str, current: str, new: str, client: Client) -> SignIn:
    """Give the user a new password. Every session of theirs ends, with its streams; a fresh one is returned.

    Problem 422 `wrong-password` when `current` is not the password; Invalid when `new` will not do.
    """
    account = _account(User.id == user_id)
    if account is None or not passwords.verify(current, account.password_hash):
        fault = {"currentPassword": "This is not your password."}
        raise Invalid(fault, "The current password is wrong.", "wrong-password")
    passwords.require_good(new, account.email, account.name)
    if new == current:
        raise Invalid({"newPassword": "Choose one that differs from the current password."})
    fresh = passwords.hash_password(new)
    ended: list[str] = []
    with unit_of_work(client.acting(f"user:{user_id}"), after_commit=lambda: sessions.announce(sessions=ended)) as unit:
        user = unit.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None or user.password_hash != account.password_hash:
            raise refused()
        user.password_hash, user.must_change_password = fresh, False
        ended += sessions.end_all(unit, user_id)
        return _begin(unit, user, client)


def _open(account: Account, password: str, client: Client, code: str | None) -> SignIn:
    stored = account.password_hash or ""
    fresh = passwords.hash_password(password) if passwords.needs_rehash(stored) else stored
    with unit_of_work(client.acting(f"user:{account.id}")) as unit:
        user = unit.get(User, account.id, with_for_update=True, populate_existing=True)
        if user is None or not user.is_active or user.password_hash != stored:
            raise refused()  # it changed while we compared
        by = _second(unit, user, code)
        user.last_login_at, user.password_hash = utcnow(), fresh
        begun = _begin(unit, user, client)
        events.record(
            unit, "signed-in", resource="users", record_id=user.id, detail={"session": begun.session.session_id, **by}
        )
        return begun


def _second(unit: Unit, user: User, code: str | None) -> dict[str, str]:
    """Ask for the second factor where there is one; by what it was proven."""
    if not user.totp_secret:
        return {}
    if code is None:
        raise Problem(401, "totp-required", "Send the code of your authenticator as totp, or a recovery code.")
    by = second_factor.use(unit, user, code)
    if by is None:
        raise Problem(401, "invalid-totp", "The code is wrong, or was used before; wait for the next one.")
    return {"secondFactor": by}


def _note(reason: str, user_id: str, client: Client) -> None:
    """Keep that somebody did not get in. Of an account that does not exist it holds no word."""
    log.info("sign-in refused", address=client.address, reason=reason)
    action = "totp-asked" if reason == "totp-required" else "sign-in-failed"
    with unit_of_work(client.acting("system:sign-in")) as unit:
        events.record(unit, action, resource="users", record_id=user_id, detail={"reason": reason})


def _begin(unit: Unit, user: User, client: Client) -> SignIn:
    signed = sessions.start(unit, user, client.address, client.user_agent)
    unit.flush()
    unit.refresh(user)  # what triggers added
    return SignIn(signed, dump(User, user))


def _account(condition: Any) -> Account | None:
    """The one account that fits; None when there is none, or more than one."""
    query = select(User.id, User.email, User.name, User.password_hash, User.is_active).where(condition).limit(2)
    with db.engine.connect() as connection:
        found = connection.execute(query).all()
    return Account(*found[0]) if len(found) == 1 else None
