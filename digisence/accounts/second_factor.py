"""The second factor of an account: set up, asked for at sign-in, renewed, taken away."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import Conflict, Invalid, NotFound, Problem
from ..extensions import db
from ..models import SecondFactor, User
from ..models.user import SUPER_ADMIN
from ..records import vault
from . import passwords, sessions, totp
from .client import Client

PATIENCE = timedelta(minutes=15)  # a secret that was shown is good for so long until it is confirmed
LOST_KEY = (
    "The second factor was encrypted with another DIGISENCE_SECRET_KEY. Set that key again, use a recovery code, "
    "or have it reset: digisence users totp reset EMAIL."
)


def state(user_id: str) -> dict[str, Any]:
    """Whether a user has a second factor: `since` (None: none) and how many recovery codes are left. NotFound."""
    with db.engine.connect() as connection:
        row = connection.execute(select(User.totp_since, User.recovery_codes).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("users", user_id)
    return {"since": row.totp_since, "recovery_codes": len((row.recovery_codes or "").split())}


def begin(user_id: str, password: str, client: Client) -> totp.Enrolment:
    """A secret to confirm by its first code. Conflict `totp-on` where there is one; Invalid `wrong-password`."""
    _know(user_id, password)
    with unit_of_work(client.acting(f"user:{user_id}")) as unit:
        user = _held(unit, user_id)
        if user.totp_secret:
            raise Conflict("totp-on", "Your second factor is on already; turn it off first to set up another one.")
        made = totp.enrolment(user.email)
        beside = _beside(unit, user_id)
        beside.pending, beside.pending_at = _seal(user_id, made.secret), utcnow()
    return made


def confirm(user_id: str, code: str, client: Client) -> list[str]:
    """Turn the second factor on, by a code of the pending secret; returns the recovery codes, this once.

    Conflict `totp-not-begun` without one; Invalid `invalid-totp`.
    """
    with unit_of_work(client.acting(f"user:{user_id}")) as unit:
        user, beside = _held(unit, user_id), _beside(unit, user_id)
        if beside.pending is None or beside.pending_at is None or beside.pending_at < utcnow() - PATIENCE:
            raise Conflict("totp-not-begun", "Begin first: POST /api/auth/totp; its secret is good for 15 minutes.")
        step = totp.step(_unseal(user_id, beside.pending), _typed(code), utcnow().timestamp())
        if step is None:
            raise _not_this()
        user.totp_secret, user.totp_since = beside.pending, utcnow()
        beside.pending, beside.pending_at, beside.step = None, None, step
        events.record(unit, "totp-on", resource="users", record_id=user_id)
        return _renewed(user)


def renew(user_id: str, password: str, code: str, client: Client) -> list[str]:
    """Ten other recovery codes; the older ones end. Invalid `wrong-password`, `invalid-totp`; Conflict `totp-off`."""
    _know(user_id, password)
    with unit_of_work(client.acting(f"user:{user_id}")) as unit:
        user = _proven(unit, user_id, code)
        events.record(unit, "recovery-codes-renewed", resource="users", record_id=user_id)
        return _renewed(user)


def turn_off(user_id: str, password: str, code: str, client: Client) -> None:
    """Do without a second factor. As `renew`; Conflict `totp-demanded` where superadmins must have one."""
    _know(user_id, password)
    with unit_of_work(client.acting(f"user:{user_id}")) as unit:
        user = _proven(unit, user_id, code)
        if user.role == SUPER_ADMIN and settings().require_totp:
            raise Conflict("totp-demanded", "Superadmins must have a second factor here (DIGISENCE_REQUIRE_TOTP).")
        _clear(unit, user)
        events.record(unit, "totp-off", resource="users", record_id=user_id)


def reset(user_id: str, context: Context) -> bool:
    """Take the second factor of somebody who lost it away, and end their sessions; False where there is none.

    NotFound; Conflict `self`: one's own is turned off with a code.
    """
    if context.actor == f"user:{user_id}":
        raise Conflict("self", "You cannot reset your own second factor: turn it off with a code.")
    ended: list[str] = []
    with unit_of_work(context, after_commit=lambda: sessions.announce(sessions=ended)) as unit:
        user = _held(unit, user_id)
        if not user.totp_secret:
            return False
        _clear(unit, user)
        ended += sessions.end_all(unit, user_id)
        events.record(unit, "totp-reset", resource="users", record_id=user_id, detail={"endedSessions": len(ended)})
    return True


def use(unit: Unit, user: User, typed: str) -> str | None:
    """Within a unit of work that holds `user`: take a code, which is good no more then.

    `totp` or `recovery-code`, by what it is; None for a code that is wrong, used or old.
    """
    code = _typed(typed)
    if code.isdecimal():
        beside = _beside(unit, user.id)
        step = totp.step(_unseal(user.id, user.totp_secret or ""), code, utcnow().timestamp())
        if step is None or step <= beside.step:
            return None
        beside.step = step
        return "totp"
    left = (user.recovery_codes or "").split()
    spent = totp.digest(user.id, code)
    if spent not in left:
        return None
    user.recovery_codes = " ".join(each for each in left if each != spent)
    return "recovery-code"


def _know(user_id: str, password: str) -> None:
    with db.engine.connect() as connection:
        stored = connection.scalar(select(User.password_hash).where(User.id == user_id))
    if not passwords.verify(password, stored):
        raise Invalid({"password": "This is not your password."}, "The password is wrong.", "wrong-password")


def _proven(unit: Unit, user_id: str, code: str) -> User:
    user = _held(unit, user_id)
    if not user.totp_secret:
        raise Conflict("totp-off", "There is no second factor yet: POST /api/auth/totp.")
    if use(unit, user, code) is None:
        raise _not_this()
    return user


def _held(unit: Unit, user_id: str) -> User:
    """The user, for this unit of work alone."""
    user = unit.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("users", user_id)
    return user


def _beside(unit: Unit, user_id: str) -> SecondFactor:
    found = unit.get(SecondFactor, user_id, populate_existing=True)
    if found is None:
        found = SecondFactor(user_id=user_id, step=0)
        unit.add(found)
    return found


def _renewed(user: User) -> list[str]:
    codes = totp.recovery_codes()
    user.recovery_codes = " ".join(totp.digest(user.id, code) for code in codes)
    return codes


def _clear(unit: Unit, user: User) -> None:
    user.totp_secret = user.totp_since = user.recovery_codes = None
    beside = _beside(unit, user.id)
    beside.pending = beside.pending_at = None


def _seal(user_id: str, secret: str) -> str:
    return vault.seal({f"users/{user_id}": {"totp": secret}}) or ""


def _unseal(user_id: str, sealed: str) -> str:
    """The secret; one that was sealed for somebody else opens nothing."""
    try:
        return vault.unseal(sealed)[f"users/{user_id}"]["totp"]
    except (Conflict, KeyError) as error:
        raise Conflict("sealed", LOST_KEY) from error


def _typed(code: str) -> str:
    return "".join(code.split())


def _not_this() -> Problem:
    fault = {"code": "This code is wrong, or was used before; wait for the next one."}
    return Invalid(fault, "The code is wrong, or was used before.", "invalid-totp")
