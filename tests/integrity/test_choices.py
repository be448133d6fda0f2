"""What superadmins decide: a check's own values, written down as they were and are; findings left be, or tried again."""

from typing import Any

import pytest

from digisence.errors import Conflict, NotFound
from digisence.extensions import db
from digisence.integrity import choices
from digisence.models import Change, Check, Finding

from .conftest import OLD, TEST
from .ground import check, finding, ground, put, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def states() -> dict[str, tuple[str, str | None]]:
    """State and detail by record."""
    db.session.rollback()
    return {one.record_id: (one.state, one.detail) for one in db.session.scalars(db.select(Finding))}


def ids(*records: str) -> list[str]:
    found = dict(db.session.execute(db.select(Finding.record_id, Finding.id)).all())
    return [found.get(record, record) for record in records]


def noted(action: str) -> list[Any]:
    query = db.select(Change).where(Change.action == action, Change.actor == TEST.actor)
    return list(db.session.scalars(query.order_by(Change.id.desc())))


def codes(results: choices.Results) -> list[str]:
    return [failure["code"] for failure in results["failed"]]


def test_what_is_chosen_is_kept_and_what_stood_before_is_told() -> None:
    put(check(mode="observe", grace_seconds=5, promoted_version="0"), check("other"))
    told = choices.change("orphaned_user", {"grace": 60, "interval": None}, TEST)
    assert (told.grace_seconds, told.interval_seconds, told.mode, told.promoted_version) == (60, None, "observe", "0")
    (written, *_) = noted("setting-changed")
    assert (written.resource, written.record_id) == ("checks", "orphaned_user")
    assert written.after == {"before": {"grace": 5, "interval": None}, "after": {"grace": 60, "interval": None}}
    assert choices.change("orphaned_user", {"mode": "act"}, TEST).promoted_version == "1"
    assert db.session.get_one(Check, "other", populate_existing=True).grace_seconds is None


def test_what_is_not_there_is_refused_and_what_is_not_loaded_is_set_off_and_no_more() -> None:
    put(check(missing_since=OLD, health="broken", health_detail="not installed"))
    with pytest.raises(NotFound):
        choices.change("unheard", {"mode": "off"}, TEST)
    for more in ({"mode": "act"}, {"mode": "off", "grace": 1}):
        with pytest.raises(Conflict, match=r"is not loaded \(not installed\)") as refused:
            choices.change("orphaned_user", more, TEST)
        assert refused.value.code == "not-loaded"
    assert choices.change("orphaned_user", {"mode": "off"}, TEST).mode == "off"


def test_what_is_left_be_is_what_stands_each_once_and_no_other() -> None:
    put(*(finding(key, state=key) for key in ("open", "blocked", "ignored", "healed")), finding("beside"))
    asked = ids("open", "open", "blocked", "ignored", "healed", "nobody")
    results = choices.ignore(asked, TEST)
    assert (results["done"], codes(results)) == (ids("open", "blocked"), ["not-open", "not-open", "not-found"])
    kept = {key: state for key, (state, _) in states().items()}
    assert kept == {"open": "ignored", "blocked": "ignored", "ignored": "ignored", "healed": "healed", "beside": "open"}
    assert noted("findings-ignored")[0].after == {"ids": ids("open", "blocked")}
    count = len(noted("findings-ignored"))
    choices.ignore(["nobody"], TEST)
    assert len(noted("findings-ignored")) == count


def test_what_is_blocked_gets_another_chance_where_its_check_acts() -> None:
    put(check(), check("watches", mode="observe"), check("says", remedy="report"), check("idle"))
    put(
        finding("a", detail="left alone: x"),
        finding("b", state="blocked", detail="no room"),
        finding("c", state="blocked", detail="no room"),
    )
    put(finding("w", "watches", state="blocked", detail="why"), finding("s", "says"), finding("i", "idle"))
    results, checks = choices.repairable(ids("a", "b", "w", "s", "nobody"), TEST)
    assert (results["done"], checks) == (ids("a", "b"), ["orphaned_user"])
    assert codes(results) == ["not-found", "not-acting", "not-acting"]
    assert states() == {
        "a": ("open", "left alone: x"), "b": ("open", None), "c": ("blocked", "no room"), "w": ("blocked", "why"),
        "s": ("open", None), "i": ("open", None),
    }  # fmt: skip
