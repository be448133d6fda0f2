"""Giving a profile its admin back: only to the user it remembers, and only where nothing speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, select

from ..changes.context import Unit
from ..models import Business, Professional, Record, User
from ..models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN
from ..records.bulk import among
from ..records.locks import lock

Profile = type[Business] | type[Professional]
ROLE: Mapping[type[Record], str] = {Business: BUSINESS_ADMIN, Professional: PROFESSIONAL_ADMIN}


@dataclass
class Relinked:
    """Ids of profiles: those that have their admin again, with whom they named before and whom now; those that cannot;
    those whose user somebody else holds right now.
    """

    done: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    hopeless: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


def relink(session: Unit, model: type[Record], ids: Sequence[str]) -> Relinked:
    """Within a unit of work that holds the locks of `ids`: set `admin_id` back to the user that `admin_ref` names.

    Only where that user exists, is active, has the role of such a profile, and runs no other.
    """
    assert model in ROLE  # noqa: S101 a rule with this remedy for another resource is refused when it is declared
    profile: Profile = model  # type: ignore[assignment]
    named = select(profile.id, profile.admin_ref, profile.admin_id).where(among(profile.id, ids))
    remembered = {record_id: (ref, admin) for record_id, ref, admin in session.execute(named)}
    wanted = {ref for ref, _ in remembered.values() if ref}
    held = set(lock(session, User, wanted, skip_locked=True))
    free = _free(session, profile, held)
    there = set(session.scalars(select(User.id).where(among(User.id, sorted(wanted)))))
    outcome = Relinked()
    for record_id in sorted(ids):
        ref, admin = remembered.get(record_id, (None, None))
        if ref in free:
            _set_back(session, profile, record_id, str(ref))
            free.discard(str(ref))
            outcome.done[record_id] = (admin, str(ref))
        elif ref in there - held:
            outcome.busy.append(record_id)
        else:
            outcome.hopeless.append(record_id)
    return outcome


def _free(session: Unit, profile: Profile, users: set[str]) -> set[str]:
    """Which of the locked users may run this profile, by a new statement."""
    query = select(User.id).where(
        among(User.id, sorted(users)),
        User.is_active.is_(True),
        User.role == ROLE[profile],
        ~exists().where(Business.admin_id == User.id),
        ~exists().where(Professional.admin_id == User.id),
    )
    return set(session.scalars(query))


def _set_back(session: Unit, profile: Profile, record_id: str, user_id: str) -> None:
    record = session.get(profile, record_id, populate_existing=True)
    assert isinstance(record, Business | Professional)  # noqa: S101 locked by the caller
    record.admin_id = user_id
