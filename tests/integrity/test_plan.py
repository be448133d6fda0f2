"""What a dry run keeps of its plan, page by page, and what became of a check's past findings without an act of it."""

from datetime import timedelta
from typing import Any

import pytest

from digisence.changes import unit_of_work
from digisence.integrity import plan
from digisence.models import QuarantineEntry, User

from .conftest import OLD, TEST
from .ground import check, finding, ground, put, run, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def past(record: str, state: str, days: float, **values: Any) -> Any:
    """A finding that was resolved after so many days."""
    return finding(
        record,
        values.pop("key", "orphaned_user"),
        state=state,
        first_seen=OLD,
        resolved_at=OLD + timedelta(days=days),
        **values,
    )


def test_the_counterfactual_is_how_long_those_stood_that_healed_by_themselves() -> None:
    day = 86_400.0
    put(*(past(f"h{days:02}", "healed", days) for days in range(10, 0, -1)))
    put(past("m", "repaired", 50), past("q", "quarantined", 60), finding("o"), finding("b", state="blocked"))
    put(past("other", "healed", 99, key="another"), finding("i", state="ignored"))
    assert plan.counterfactual("orphaned_user") == {
        "past": 12, "healed": 10, "healedSeconds": {"median": 6 * day, "p90": 10 * day, "longest": 10 * day},
    }  # fmt: skip


def test_of_few_that_healed_each_part_is_one_of_them_and_of_none_there_is_none() -> None:
    put(past("m", "repaired", 5), past("again", "open", 1), past("stuck", "blocked", 1))
    assert plan.counterfactual("orphaned_user") == {"past": 1, "healed": 0, "healedSeconds": None}
    put(past("h", "healed", 1 / 8_640_000))
    assert plan.counterfactual("orphaned_user")["healedSeconds"] == {"median": 0.01, "p90": 0.01, "longest": 0.01}


def test_it_looks_back_upon_the_last_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "REMEMBERED", 2)
    put(past("first", "healed", 1), past("third", "repaired", 3), past("second", "healed", 2))
    told = plan.counterfactual("orphaned_user")
    assert (told["past"], told["healed"], told["healedSeconds"]["longest"]) == (2, 1, 2 * 86_400.0)


def test_a_plan_is_kept_whole_and_read_by_page_check_and_act() -> None:
    put(run("r"), run("s"))
    for run_id, key, acts in (
        ("r", "b", {"z": "heal", "x": "undo"}),
        ("r", "a", {"y": "heal"}),
        ("s", "a", {"y": "heal"}),
    ):
        made = plan.Plan(check(key))
        for record, act in acts.items():
            made.put([record], act, {"because": act})
        with unit_of_work(TEST) as session:
            made.write(session, run_id)

    def read(*asked: Any) -> tuple[list[str], int]:
        found, total = plan.page("r", *asked)
        return [f"{one.check_id}/{one.record_id}" for one in found], total

    assert read(None, None, 1, 10) == (["a/y", "b/x", "b/z"], 3)
    assert (read(None, None, 1, 2), read(None, None, 2, 2)) == ((["a/y", "b/x"], 3), (["b/z"], 3))
    assert (read("b", None, 1, 10), read(None, "heal", 1, 10)) == ((["b/x", "b/z"], 2), (["a/y", "b/z"], 2))
    assert plan.to_json(plan.page("r", "b", "undo", 1, 10)[0][0]) == {
        "check": "b", "resource": "users", "recordId": "x", "act": "undo", "detail": {"because": "undo"},
    }  # fmt: skip


def test_what_it_tells_of_the_set_aside_is_of_these_entries_alone() -> None:
    put(*(
        QuarantineEntry(
            resource=resource, record_id=record, snapshot={}, children=[{"resource": "inquiries", "recordId": told, "more": 1}],
            emptied=[], kind="check", reason="", placed_by="system:sweep", placed_at=OLD, restored_at=restored, digest="",
        )
        for resource, record, told, restored in (
            ("users", "a", "its", None), ("users", "a", "earlier", OLD), ("businesses", "a", "namesake", None), ("users", "b", "others", None),
        )
    ))  # fmt: skip
    made = plan.Plan(check())
    with unit_of_work(TEST) as session:
        (found,) = plan._entries(session, User, ["a"])
        made.settled(session, User, {"quarantined": ["a"], "healed": ["h"], "busy": ["held"]})
    went = [{"resource": "inquiries", "recordId": "its"}]
    assert found.children == [{**went[0], "more": 1}]
    assert made.acts == {
        "a": ("quarantine", {"children": went, "emptied": []}), "h": ("heal", None), "held": ("busy", {"reason": "somebody is at it right now"}),
    }  # fmt: skip


def test_its_short_form_counts_the_acts_and_shows_the_first_hundred() -> None:
    made = plan.Plan(check())
    made.put([f"r{number:03}" for number in range(101, 0, -1)], "wait", {"needed": 2})
    made.put(["r002", "r001"], "heal")
    told = made.to_json()
    assert (told["acts"], list(told["acts"]), len(told["sample"])) == ({"heal": 2, "wait": 99}, ["heal", "wait"], 100)
    assert told["sample"][0] == {"recordId": "r001", "act": "heal", "detail": None}
    assert told["sample"][2] == {"recordId": "r003", "act": "wait", "detail": {"needed": 2}}
    assert told["counterfactual"] == {"past": 0, "healed": 0, "healedSeconds": None}
