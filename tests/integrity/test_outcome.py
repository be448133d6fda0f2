"""What a run came to: passed, a warning, failed, broken; and the line and summary that tell it."""

from types import SimpleNamespace
from typing import Any

import pytest

from digisence.integrity import outcome
from digisence.integrity.outcome import Outcome

from .ground import check, finding, ground, put, standing  # noqa: F401


def one(
    open_: int = 0, fails: int | None = None, warns: int | None = None, registered: bool = True, **values: Any
) -> Outcome:
    """An outcome with so many findings open, and the rule's own limits."""
    about: Any = SimpleNamespace(about=SimpleNamespace(error_if=fails, warn_if=warns))
    return Outcome(check(), about if registered else None, open=open_, **values)


@pytest.mark.parametrize(("found", "fails", "warns", "state"), [
    (0, None, None, "passed"), (1, None, None, "failed"), (4, 5, None, "passed"), (5, 5, None, "failed"),
    (1, None, 1, "warning"), (9, None, 1, "warning"), (1, None, 2, "passed"), (2, None, 2, "warning"),
    (2, 3, 2, "warning"), (3, 3, 2, "failed"), (0, None, 0, "warning"), (0, 0, None, "passed"),
])  # fmt: skip
def test_a_state_by_what_is_open_and_the_rules_own_limits(found: int, fails: Any, warns: Any, state: str) -> None:
    assert one(found, fails, warns).state == state


def test_the_words_for_what_a_check_looked_at() -> None:
    assert (outcome.ALL, outcome.CHANGES) == ("all", "changes")


def test_without_its_rule_one_open_finding_fails_and_broken_is_broken() -> None:
    assert (one(1, registered=False).state, one(0, registered=False).state) == ("failed", "passed")
    assert (one(5, broken="why").state, one(0, broken="why").state) == ("broken", "broken")


@pytest.mark.parametrize(("mode", "remedy", "look", "may"), [
    ("act", "relink", "all", True), ("observe", "relink", "all", False), ("act", "report", "all", False),
    ("act", "relink", "changes", False), ("act", "relink", None, False),
])  # fmt: skip
def test_only_what_acts_has_a_remedy_and_looked_at_everything_may_mend(
    mode: str, remedy: str, look: Any, may: bool
) -> None:
    assert Outcome(check(mode=mode, remedy=remedy), None, look_at=look).may_mend is may


def test_a_rule_that_is_not_in_this_process_is_a_third_partys() -> None:
    here, elsewhere = (Outcome(check(), SimpleNamespace(rule=rule)) for rule in (object(), None))  # type: ignore[arg-type]
    assert (here.third_party, elsewhere.third_party, one(registered=False).third_party) == (False, True, False)


def test_a_run_is_errored_by_one_that_broke_failed_by_one_that_failed() -> None:
    assert outcome.state([]) == outcome.state([one(), one(1, warns=1)]) == "passed"
    assert outcome.state([one(), one(1)]) == "failed"
    assert outcome.state([one(1), one(broken="why"), one()]) == "errored"


def test_the_line_of_a_check() -> None:
    told = one(2, look_at="all", seconds=1.23456, tripped=True)
    told.counts.update(found=1, new=2, healed=3, planned=4, repaired=5, quarantined=6, blocked=7, leftAlone=8, busy=9)
    told.counts.update(disagreeing=10, undone=11, unheard=12)
    assert told.to_json() == {
        "check": "orphaned_user", "resource": "users", "state": "failed", "open": 2, "found": 1, "new": 2, "healed": 3,
        "planned": 4, "repaired": 5, "quarantined": 6, "blocked": 7, "leftAlone": 8, "busy": 9, "look": "all",
        "disagreeing": 10, "undone": 11, "plan": None, "breaker": "tripped", "seconds": 1.235, "detail": None,
    }  # fmt: skip
    calm = one(broken="why", plan=SimpleNamespace(to_json=lambda: {"acts": {}})).to_json()
    assert (calm["breaker"], calm["detail"], calm["plan"], calm["found"]) == (None, "why", {"acts": {}}, 0)


def test_the_summary_is_the_old_platforms() -> None:
    first, second, third = one(3, sample=["a", "b"]), one(), one(1, broken="it hung")
    first.counts.update(repaired=2, quarantined=3)
    second.counts.update(repaired=1)
    first.errors.append("users/x: not possible")
    told = outcome.summary([first, second, third], "the database is another's")
    assert [line["state"] for line in told.pop("counts")] == ["failed", "passed", "broken"]
    check_of = {"type": "orphaned_user", "severity": "high"}
    assert told == {
        "success": False, "fixedRecords": 6, "held": "the database is another's",
        "errors": ["the database is another's", "orphaned_user: it hung", "users/x: not possible"],
        "integrityChecks": [
            {**check_of, "description": "Title of orphaned_user: 3", "affectedRecords": ["a", "b"], "affectedCount": 3},
            {**check_of, "description": "Title of orphaned_user: 1", "affectedRecords": [], "affectedCount": 1},
        ],
    }  # fmt: skip
    calm = outcome.summary([one(2)])
    assert (calm["success"], calm["errors"], calm["held"]) == (True, [], None)


def test_what_is_open_is_looked_up(ground: Any) -> None:  # noqa: F811
    put(*(finding(f"r{number:03}") for number in range(101)))
    told = one()
    told.look()
    assert (told.open, len(told.sample), told.sample[0]) == (101, 100, "r000")
