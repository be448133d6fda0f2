"""Signing in and changing a password: one answer and one duration for every refusal."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select

from ..changes import Context, unit_of_work
from ..clock import utcnow
from ..errors import Invalid, Problem
from ..extensions import db
from ..models import User
from ..models.wire import dump
from . import passwords, sessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Client:
    """Where a sign-in comes from."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


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
    password_hash: str | None
    is_active: bool


def refused() -> Problem:
    """The one answer, whatever the reason."""
    return Problem(401, "invalid-credentials", "E-mail or password is wrong.")


def sign_in(email: str, password: str, client: Client) -> SignIn:
    """Open a session for the user with this e-mail, in whatever case it is written, and this password.

    Problem 401 `invalid-credentials`, alike for a wrong password and for an account that is unknown, disabled
    or ambiguous by case.
    """
    account = _account(func.lower(User.email) == func.lower(email.strip()))
    stored = account.password_hash if account else None
    right = passwords.verify(password, stored)
    if not right or account is None or not account.is_active:
        passwords.even_out(password, stored)
        log.info("sign-in refused", address=client.address)
        raise refused()
    return _open(account, password, client)


def change_password(user_id: str, current: str, new: str, client: Client) -> SignIn:
    """Give the user a new password. Every session of theirs ends, with its streams; a fresh one is returned.

    Problem 422 `wrong-password` when `current` is not the password; Invalid when `new` will not do.
    """
    account = _account(User.id == user_id)
    if account is None or not passwords.verify(current, account.password_hash):
        fault = {"currentPassword": "This is not your password."}
        raise Invalid(fault, "The current password is wrong.", "wrong-password")
    passwords.require_good(new, account.email)
    if new == current:
        raise Invalid({"newPassword": "Choose one that differs from the current password."})
    fresh = passwords.hash_password(new)
    ended: list[str] = []
    context = Context(f"user:{user_id}", client.request_id)
    with unit_of_work(context, after_commit=lambda: sessions.announce(sessions=ended)) as unit:
        user = unit.get(User, user_id)
        if user is None or user.password_hash != account.password_hash:
            raise refused()
        user.password_hash, user.must_change_password = fresh, False
        ended += sessions.end_all(unit, user_id)
        return _begin(unit, user, client)


def _open(account: Account, password: str, client: Client) -> SignIn:
    stored = account.password_hash or ""
    fresh = passwords.hash_password(password) if passwords.needs_rehash(stored) else stored
    with unit_of_work(Context(f"user:{account.id}", client.request_id)) as unit:
        user = unit.get(User, account.id)
        if user is None or not user.is_active or user.password_hash != stored:
            raise refused()  # it changed while we compared
        user.last_login_at, user.password_hash = utcnow(), fresh
        return _begin(unit, user, client)


def _begin(unit: Any, user: User, client: Client) -> SignIn:
    signed = sessions.start(unit, user, client.address, client.user_agent)
    unit.flush()
    unit.refresh(user)  # what triggers added
    return SignIn(signed, dump(User, user))


def _account(condition: Any) -> Account | None:
    """The one account that fits; None when there is none, or more than one."""
    query = select(User.id, User.email, User.password_hash, User.is_active).where(condition).limit(2)
    with db.engine.connect() as connection:
        found = connection.execute(query).all()
    return Account(*found[0]) if len(found) == 1 else None
