"""Nobody takes the panel away from themself, or from everybody."""

from pathlib import Path

import pytest
from flask import Flask

from digisence import records
from digisence.changes import Context, unit_of_work
from digisence.errors import Conflict
from digisence.models import User
from digisence.models.user import SUPER_ADMIN
from digisence.records import quarantine
from tests.records.conftest import ME, user
from tests.records.rivals import together


def test_nobody_deletes_disables_or_demotes_themself(app: Flask) -> None:
    ann, _bob = user(role=SUPER_ADMIN), user("bob@example.org", role=SUPER_ADMIN)
    herself = Context(f"user:{ann.id}")
    for act in (
        lambda: records.delete(User, ann.id, herself),
        lambda: records.update(User, ann.id, {"is_active": False}, herself),
        lambda: records.update(User, ann.id, {"role": "BUSINESS_ADMIN"}, herself),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (409, "self")
    assert records.update(User, ann.id, {"name": "Ann", "is_active": True, "role": SUPER_ADMIN}, herself).version == 2
    assert records.update(User, ann.id, {"role": "BUSINESS_ADMIN"}, ME).role == "BUSINESS_ADMIN"


def test_the_last_active_superadmin_stays(app: Flask) -> None:
    ann = user(role=SUPER_ADMIN)
    user("off@example.org", role=SUPER_ADMIN, is_active=False)
    for act in (
        lambda: records.delete(User, ann.id, ME),
        lambda: records.update(User, ann.id, {"is_active": False}, ME),
        lambda: records.update(User, ann.id, {"role": "PROFESSIONAL_ADMIN", "name": "x"}, ME),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "last-superadmin"
    with pytest.raises(Conflict, match="last active superadmin"), unit_of_work(Context("system:sweep")) as session:
        quarantine.place(session, User, [ann.id], kind=quarantine.BY_CHECK, reason="odd", actor="system:sweep")
    assert records.read(User, ann.id).version == 1


def demote(user_id: str) -> None:
    records.update(User, user_id, {"role": "BUSINESS_ADMIN"}, ME)


def remove(user_id: str) -> None:
    records.delete(User, user_id, ME)


@pytest.mark.parametrize("act", [demote, remove])
def test_of_two_superadmins_who_go_at_once_one_stays(
    app: Flask, database: str, redis_url: str, tmp_path: Path, act: object
) -> None:
    ids = [(user(f"{name}@example.org", role=SUPER_ADMIN).id,) for name in ("ann", "bob")]
    assert sorted(together(database, redis_url, tmp_path, act, ids)) == ["done", "last-superadmin"]
