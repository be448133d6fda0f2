"""A run's row: asked for once, claimed once, buried when it cannot go on, closed once, told as it stands."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.errors import Invalid, NotFound, Problem
from digisence.extensions import db
from digisence.integrity import lease, process, runs
from digisence.models import Lease, Run

from .conftest import TEST
from .ground import ago, check, ground, put, run, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def row(run_id: str) -> Run:
    return db.session.get_one(Run, run_id, populate_existing=True)


def made(**options: Any) -> Run:
    run_id = runs.create(TEST, **options)
    assert run_id is not None
    return row(run_id)


def closed(run_id: str, state: str, **options: Any) -> tuple[str, Any, str | None]:
    runs.finish(run_id, TEST, state, **options)
    found = row(run_id)
    return found.state, found.result, found.error


def test_what_was_asked_for_is_written_down() -> None:
    plain = made()
    assert (plain.occurrence, plain.scheduled, plain.state, plain.actor) == (plain.id, False, "queued", TEST.actor)
    assert (plain.repair, plain.dry_run, plain.checks) == (False, False, {"checks": None, "findings": None})
    assert abs(plain.created_at - utcnow()) < timedelta(minutes=1)
    put(check())
    some = made(checks=("orphaned_user",), findings=("f",), repair=True)
    assert (some.repair, some.dry_run) == (True, False)
    assert some.checks == {"checks": ["orphaned_user"], "findings": ["f"]}
    told = runs.to_json(some)
    assert (told["checks"], told["findings"], told["repair"], told["dryRun"]) == (["orphaned_user"], ["f"], True, False)
    rehearsed = made(dry_run=True)
    assert (rehearsed.repair, rehearsed.dry_run) == (True, True)
    assert made(checks=()).checks == {"checks": [], "findings": None}


def test_an_occurrence_has_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(runs, "tell", told.append)
    first = made(occurrence="sweep-1")
    assert (first.occurrence, first.scheduled, told) == ("sweep-1", True, [first.id])
    assert (runs.create(TEST, occurrence="sweep-1"), told) == (None, [first.id])


def test_what_is_unknown_or_off_is_named_and_makes_no_run() -> None:
    with pytest.raises(Invalid, match=r"Some checks do not exist\.") as caught:
        runs.create(TEST, checks=["b", "a"])
    assert caught.value.fields == {
        "checks": "unknown: a, b; there are: none yet: the worker registers them at its first run"
    }
    put(check("on"), check("off-2", mode="off"), check("off-1", mode="off"))
    with pytest.raises(Invalid) as caught:
        runs.create(TEST, checks=["on", "gone"])
    assert caught.value.fields == {"checks": "unknown: gone; there are: off-1, off-2, on"}
    with pytest.raises(Invalid, match=r"Some checks are off\.") as caught:
        runs.create(TEST, checks=["off-2", "on", "off-1"])
    assert caught.value.fields == {"checks": "off: off-1, off-2; set it to observe first"}
    assert runs.page(1, 10) == ([], 0)


def test_it_is_claimed_once_by_whoever_comes_first() -> None:
    put(run("mine", "queued"), run("later", "queued"))
    begun, fence = runs.begin("mine")
    assert begun is not None
    assert row("later").state == "queued"
    assert (begun.state, begun.host, begun.fence, fence) == ("running", process.here(), fence, row("mine").fence)
    assert fence is not None
    assert begun.started_at == begun.heartbeat_at
    assert runs.begin("mine") == (None, None)
    assert runs.start("mine", TEST) is None
    put(run("next", "queued"))
    waiting, turn = runs.begin("next")
    assert (waiting and waiting.state, turn, row("next").fence) == ("running", None, None)
    put(run("asked", "queued"))
    assert getattr(runs.start("asked", TEST), "state", None) == "running"


def test_who_gets_its_turn_buries_those_who_cannot_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(runs, "tell", told.append)
    fresh, silent = utcnow(), utcnow() - lease.life() - timedelta(seconds=5)
    put(
        run("older", fence=4, heartbeat_at=fresh), run("newer", fence=6, heartbeat_at=fresh), run("same", fence=5, heartbeat_at=fresh),
        run("silent", heartbeat_at=silent), run("waits", heartbeat_at=fresh), run("queued", "queued", heartbeat_at=silent),
        run("over", "passed", fence=1, heartbeat_at=silent), run("mine", fence=1, heartbeat_at=silent),
    )  # fmt: skip
    runs.bury("mine", 5, TEST)
    assert sorted(told) == ["older", "silent"]
    states = dict(db.session.execute(db.select(Run.id, Run.state)).all())
    assert {key for key, state in states.items() if state == "abandoned"} == {"older", "silent"}
    assert (row("older").error, row("mine").fence, row("newer").fence) == (runs.ENDED_EARLY, 5, 6)
    assert abs(row("older").finished_at - utcnow()) < timedelta(minutes=1)  # type: ignore[operator]


def test_who_begins_tells_of_those_it_buried_and_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    put(run("dead", fence=0, heartbeat_at=utcnow()), run("mine", "queued"))
    told: list[str] = []
    monkeypatch.setattr(runs, "tell", told.append)
    runs.begin("mine")
    assert (told, row("dead").state) == (["dead", "mine"], "abandoned")


def test_where_it_stands_is_kept_while_it_has_its_turn() -> None:
    put(run("mine", "queued"), run("other", progress={"step": "x"}))
    _, fence = runs.begin("mine")
    assert fence is not None
    long_ago = ago(minutes=5)
    with unit_of_work(TEST) as session:
        session.get_one(Run, "mine").heartbeat_at = long_ago
    runs.advance("mine", fence, TEST, step="looking", checksDone=1)
    assert row("other").progress == {"step": "x"}
    assert (row("mine").progress, row("mine").heartbeat_at > long_ago) == ({"step": "looking", "checksDone": 1}, True)  # type: ignore[operator]
    closed("mine", "abandoned")
    with pytest.raises(lease.LeaseLost, match="it was closed by somebody else"):
        runs.advance("mine", fence, TEST)
    assert row("mine").progress == {"step": "looking", "checksDone": 1}


def test_it_is_closed_once_and_lets_the_next_one_in() -> None:
    put(run("mine", "queued"), run("asked", "queued"))
    _, fence = runs.begin("mine")
    assert closed("mine", "passed", fence=fence, result={"success": True}) == ("passed", {"success": True}, None)
    assert db.session.scalars(db.select(Lease.run_id)).all() == [None]
    assert closed("mine", "errored", error="late") == ("passed", {"success": True}, None)
    assert closed("asked", "errored", error="no") == ("errored", None, "no")
    assert row("asked").finished_at is not None


def test_without_a_queue_it_is_closed_and_that_is_said(ground: Flask, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    asked: list[Any] = []
    monkeypatch.setattr(runs.queue, "enqueue", lambda *words, **options: asked.append((words, options)))
    put(run("mine", "queued"))
    runs.enqueue("mine", TEST)
    assert (asked, row("mine").state) == ([(("integrity-run", {"run_id": "mine"}), {"job_id": "run-mine"})], "queued")

    def away(*_words: Any, **_options: Any) -> None:
        raise Problem(503, "queue-away", "Redis does not answer.")

    monkeypatch.setattr(runs.queue, "enqueue", away)
    with pytest.raises(Problem) as caught:
        runs.enqueue("mine", TEST)
    assert (caught.value.status, caught.value.code, caught.value.extra) == (503, "queue-away", {"runId": "mine"})
    assert (row("mine").state, row("mine").error) == ("errored", "Redis does not answer.")


def test_pages_begin_with_the_newest_and_can_be_of_repairs_alone() -> None:
    put(*(run(f"r{number}", "passed", created_at=ago(hours=number)) for number in range(5)))
    same = ago(hours=9)
    put(run("b", "passed", created_at=same, dry_run=True), run("a", "passed", created_at=same, repair=False))
    assert ([one.id for one in runs.page(1, 3)[0]], runs.page(1, 3)[1]) == (["r0", "r1", "r2"], 7)
    assert [one.id for one in runs.page(3, 3)[0]] == ["a"]
    assert [one.id for one in runs.page(2, 5)[0]] == ["b", "a"]
    mended, count = runs.page(2, 3, repairs_only=True)
    assert ([one.id for one in mended], count) == (["r3", "r4"], 5)
    with pytest.raises(NotFound):
        runs.read("none")


def test_what_is_told_before_and_after_the_end() -> None:
    put(run("going", progress={"step": "x"}), run("failed", "failed", result={"success": False, "fixedRecords": 3, "counts": [1],
        "errors": ["e"], "held": "h", "integrityChecks": [2]}), run("dead", "abandoned", error="gone"), run("well", "passed", result={"success": True}))  # fmt: skip
    names = (
        "state", "success", "fixedRecords", "errors", "counts", "held", "integrityChecks", "error", "progress", "checks",
    )  # fmt: skip
    told = {key: tuple(runs.to_json(row(key))[name] for name in names) for key in ("going", "failed", "dead", "well")}
    assert told == {
        "going": ("running", None, 0, [], [], None, [], None, {"step": "x"}, None),
        "failed": ("failed", False, 3, ["e"], [1], "h", [2], None, None, None),
        "dead": ("abandoned", False, 0, ["gone"], [], None, [], "gone", None, None),
        "well": ("passed", True, 0, [], [], None, [], None, None, None),
    }  # fmt: skip


def test_each_step_of_a_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(runs, "tell", told.append)
    put(run("mine", "queued"))
    runs.start("mine", TEST)
    fence = lease.take("mine", TEST)
    runs.bury("mine", fence, TEST)
    runs.advance("mine", fence, TEST)
    runs.finish("mine", TEST, "passed", fence=fence)
    assert told == ["mine"] * 3
