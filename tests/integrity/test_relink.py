"""Whom a profile gets back as its admin: the user it remembers, and only a fit one that nobody holds."""

from typing import Any

import pytest

from digisence.changes import unit_of_work
from digisence.extensions import db
from digisence.integrity import relink
from digisence.models import Business, Professional
from digisence.models.user import PROFESSIONAL_ADMIN, SUPER_ADMIN

from .conftest import TEST, business, professional, user
from .ground import ground, put, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def linked(*ids: str, model: Any = Business) -> tuple[dict[str, Any], list[str], list[str]]:
    """Done, hopeless and busy."""
    with unit_of_work(TEST) as session:
        found = relink.relink(session, model, ids)
    return found.done, found.hopeless, found.busy


def admin(key: str, model: Any = Business) -> Any:
    return db.session.get(model, key, populate_existing=True).admin_id


def test_the_remembered_user_is_the_admin_again_and_what_stood_before_is_told() -> None:
    put(user("u"), business("b", None, admin_ref="u"), business("other", None, admin_ref="u"))
    assert linked("b") == ({"b": (None, "u")}, [], [])
    assert (admin("b"), admin("other")) == ("u", None)


@pytest.mark.parametrize(
    "unfit", [{"is_active": False}, {"role": PROFESSIONAL_ADMIN}, {"role": SUPER_ADMIN}]
)  # fmt: skip
def test_an_unfit_user_is_not_linked_to(unfit: dict[str, Any]) -> None:
    put(user("u", **unfit), business("b", None, admin_ref="u"))
    assert linked("b") == ({}, ["b"], [])
    assert admin("b") is None


def test_each_kind_of_profile_wants_its_own_role() -> None:
    put(
        user("u", PROFESSIONAL_ADMIN),
        user("v"),
        professional("p", None, admin_ref="u"),
        professional("q", None, admin_ref="v"),
    )
    assert linked("p", "q", model=Professional) == ({"p": (None, "u")}, ["q"], [])
    assert admin("p", Professional) == "u"


@pytest.mark.parametrize("profile", [business, professional])
def test_a_user_who_runs_another_profile_is_not_linked_to(profile: Any) -> None:
    put(user("u"), profile("other", "u"), business("b", None, admin_ref="u"))
    assert linked("b") == ({}, ["b"], [])


def test_of_two_that_remember_the_same_user_the_first_by_id_gets_them() -> None:
    put(user("u"), business("b", None, admin_ref="u"), business("a", None, admin_ref="u"))
    assert linked("b", "a") == ({"a": (None, "u")}, ["b"], [])


def test_what_remembers_nobody_or_somebody_gone_or_is_gone_is_hopeless() -> None:
    put(user("u"), business("b", None), business("c", None, admin_ref="gone"), business("d", None, admin_ref="u"))
    assert linked("d", "c", "b", "nothing") == ({"d": (None, "u")}, ["b", "c", "nothing"], [])


def test_a_user_whom_another_transaction_holds_is_busy_not_hopeless(monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("u"), user("v"), business("b", None, admin_ref="u"), business("c", None, admin_ref="v"))
    monkeypatch.setattr(relink, "lock", lambda _session, _model, wanted, **_: [key for key in wanted if key != "u"])
    assert linked("b", "c") == ({"c": (None, "v")}, [], ["b"])


def test_it_locks_whom_its_own_profiles_remember_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    put(user("u"), user("v"), business("b", None, admin_ref="u"), business("other", None, admin_ref="v"))
    locked: list[str] = []
    monkeypatch.setattr(relink, "lock", lambda _session, _model, wanted, **_: locked.extend(wanted) or wanted)
    assert linked("b") == ({"b": (None, "u")}, [], [])
    assert locked == ["u"]
