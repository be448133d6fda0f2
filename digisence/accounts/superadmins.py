"""Superadmins: the first one, made on first start, and those an operator makes."""

from sqlalchemy import select

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..config import Settings
from ..config import settings as current_settings
from ..errors import Conflict
from ..models import User
from ..models.user import SUPER_ADMIN
from ..records import emails
from . import passwords
from .invitations import alone, require_address


def first_superadmin(settings: Settings | None = None) -> tuple[str, str] | None:
    """Where no superadmin exists, make one with a one-time password that must be changed: (e-mail, password).

    None where there is one already. The password is returned this once and written nowhere.
    Conflict when another account holds the e-mail.
    """
    email, password = (settings or current_settings()).superadmin_email, passwords.one_time()
    fresh = passwords.hash_password(password)
    with unit_of_work(Context("system:first-start")) as unit:
        alone(unit)
        if unit.scalar(select(User.id).where(User.role == SUPER_ADMIN).limit(1)):
            return None
        _add(unit, email, fresh, must_change_password=True)
    return email, password


def create_superadmin(email: str, password: str, context: Context) -> str:
    """Make a superadmin; returns the id.

    Invalid for a bad e-mail or a weak password, Conflict `email-taken` when another account has the e-mail.
    """
    email = require_address(email)
    passwords.require_good(password, email, field="password")
    fresh = passwords.hash_password(password)
    with unit_of_work(context) as unit:
        alone(unit)
        return _add(unit, email, fresh, must_change_password=False)


def _add(unit: Unit, email: str, password_hash: str, *, must_change_password: bool) -> str:
    if unit.scalar(select(User.id).where(emails.of(email)).limit(1)):
        raise Conflict(
            "email-taken",
            f"An account with the e-mail {email} exists. Choose another "
            "(for the first superadmin: DIGISENCE_SUPERADMIN_EMAIL).",
        )
    user = User(
        email=email,
        name="Superadmin",
        role=SUPER_ADMIN,
        password_hash=password_hash,
        must_change_password=must_change_password,
    )
    unit.add(user)
    unit.flush()
    return user.id
