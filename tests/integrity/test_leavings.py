"""What is made of a run that is silent, of a job that is lost or called off; and of figures that were never looked at."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from digisence.clock import to_wire, utcnow
from digisence.errors import Conflict
from digisence.extensions import db
from digisence.extensions.queue import ALIVE
from digisence.integrity import cancelling, lease, process, revival, runs, statistics
from digisence.models import Lease, Look, Run

from .conftest import OLD, TEST, business, professional, user
from .ground import ago, check, finding, ground, put, run, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")
ELSEWHERE = "elsewhere:1@another-boot.1/5"


class Jobs:
    """A queue of which it is known what it holds."""

    def __init__(self) -> None:
        self.stuck = False  # nothing can be withdrawn
        self.states: dict[str, str] = {}
        self.enqueued: list[tuple[str, Any, str]] = []
        self.withdrawn: list[str] = []
        self.killed: list[str] = []
        self.asked: dict[str, Any] = {}

    def enqueue(self, name: str, arguments: Any, *, job_id: str) -> str:
        self.enqueued.append((name, arguments, job_id))
        return job_id

    def state(self, job_id: str) -> str | None:
        return self.states.get(job_id)

    def job(self, job_id: str) -> Any:
        return SimpleNamespace(id=job_id, asked=lambda: self.asked)

    def withdraw(self, job_id: str) -> bool:
        return not self.stuck and self.states.pop(job_id, None) == "queued"

    def stop(self, job_id: str) -> bool:
        self.killed.append(job_id)
        return True


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    made = Jobs()
    monkeypatch.setattr(revival, "queue", made)
    monkeypatch.setattr(cancelling, "queue", made)
    return made


def states() -> dict[str, str]:
    db.session.rollback()
    return dict(db.session.execute(db.select(Run.id, Run.state)).all())  # type: ignore[arg-type]


def test_only_silence_longer_than_a_life_is_death_elsewhere(jobs: Jobs) -> None:
    now, late = utcnow(), utcnow() - lease.life() - timedelta(seconds=2)
    here = process.here()
    put(
        run("speaks", host=ELSEWHERE, heartbeat_at=now, repair=True), run("never", host=ELSEWHERE, repair=True),
        run("silent", host=ELSEWHERE, heartbeat_at=late, repair=True), run("here", host=here, heartbeat_at=now),
        run("dead", host=f"{here.rpartition('/')[0]}/-1", heartbeat_at=now, repair=True), run("over", "passed", heartbeat_at=late),
    )  # fmt: skip
    assert sorted(revival.revive(TEST)) == ["again-dead", "again-silent"]
    assert {key for key, state in states().items() if state == "abandoned"} == {"silent", "dead"}
    assert ("sweep", {"occurrence": "again-dead"}, "again-dead") in jobs.enqueued


@pytest.mark.parametrize(
    ("values", "followed"),
    [
        ({}, True), ({"checks": {"checks": None, "findings": None}}, True), ({"repair": False}, False), ({"dry_run": True}, False),
        ({"checks": {"checks": ["a"]}}, False), ({"checks": {"findings": ["f"]}}, False),
        ({"occurrence": "sweep-again-x"}, False),
    ],
)  # fmt: skip
def test_only_a_sweep_of_everything_is_followed(jobs: Jobs, values: dict[str, Any], followed: bool) -> None:
    put(run("dead", host=ELSEWHERE, heartbeat_at=OLD, **{"repair": True, **values}))
    assert revival.revive(TEST) == (["again-dead"] if followed else [])
    assert (states(), len(jobs.enqueued)) == ({"dead": "abandoned"}, int(followed))


def test_of_those_that_wait_the_lost_are_put_back_and_the_dead_are_closed(jobs: Jobs) -> None:
    young, old = ago(seconds=5), ago(minutes=5)
    put(
        *(run(key, "queued", created_at=old) for key in ("lost", "failed", "alive")),
        run("young", "queued", created_at=young),
    )
    put(run("sweep", "queued", created_at=old, scheduled=True), run("over", "passed", created_at=old))
    jobs.states = {"run-failed": "failed", "run-alive": next(iter(ALIVE)), "run-sweep": next(iter(ALIVE))}
    assert revival.revive(TEST) == ["run-lost"]
    assert not db.session().in_transaction()  # whoever calls it now and then keeps no old snapshot meanwhile
    assert jobs.enqueued == [("integrity-run", {"run_id": "lost"}, "run-lost")]
    assert states() == {
        "lost": "queued",
        "failed": "abandoned",
        "alive": "queued",
        "young": "queued",
        "sweep": "abandoned",
        "over": "passed",
    }


def test_a_run_is_closed_and_told_once_and_only_its_own_turn_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(revival.feed, "publish", lambda _kind, one: told.append((one["id"], one["state"])))
    put(run("mine"), run("other", "queued"), run("over", "passed"))
    lease.take("other", TEST)
    assert revival.close("mine", TEST, "why")
    assert db.session.scalars(db.select(Lease.run_id)).all() == ["other"]
    assert not revival.close("mine", TEST, "again")
    assert not revival.close("over", TEST, "why")
    assert not revival.close("nobody", TEST, "why")
    assert revival.close("other", TEST, "why")
    turn = db.session.scalars(db.select(Lease).execution_options(populate_existing=True)).one()
    assert (turn.run_id, turn.expires_at, runs.read("mine").error) == (None, None, "why")
    assert told == [("mine", "abandoned"), ("other", "abandoned")]
    assert states() == {"mine": "abandoned", "other": "abandoned", "over": "passed"}


def called_off(jobs: Jobs, state: str | None, name: str, **arguments: Any) -> tuple[bool, dict[str, str], list[str]]:
    """Whether it could be called off, how the runs stand then, and what was killed."""
    jobs.asked = {"name": name, "arguments": arguments}
    jobs.states = {"job": state} if state else {}
    try:
        cancelling.cancel("job", TEST)
    except Conflict:
        return False, states(), jobs.killed
    return True, states(), jobs.killed


def test_a_job_is_called_off_by_its_run_or_its_process(jobs: Jobs) -> None:
    put(
        run("mine"),
        run("swept", occurrence="sweep-o1"),
        run("asked", occurrence="sweep-asked-job"),
        run("over", "passed"),
    )
    jobs.stuck = True
    off = "abandoned"
    assert called_off(jobs, "started", "integrity-run", run_id="mine")[::2] == (True, [])
    assert states()["mine"] == off
    assert runs.read("mine").error == f"cancelled by {TEST.actor}"
    assert called_off(jobs, "started", "sweep", occurrence="o1")[1]["swept"] == off
    assert called_off(jobs, "started", "sweep")[1] == {"mine": off, "swept": off, "asked": off, "over": "passed"}
    assert jobs.killed == []
    assert not called_off(jobs, "finished", "integrity-run", run_id="over")[0]
    assert not called_off(jobs, None, "forget")[0]
    assert called_off(jobs, "started", "forget")[::2] == (True, ["job"])


def test_a_job_that_waits_is_called_off_without_any_run(jobs: Jobs) -> None:
    assert called_off(jobs, "queued", "forget") == (True, {}, [])
    jobs.asked, jobs.states = {}, {"job": "queued"}  # foreign data: neither a name nor arguments
    assert (cancelling.cancel("job", TEST).id, jobs.states) == ("job", {})


def test_figures_are_what_was_kept_and_are_asked_where_nobody_has_looked() -> None:
    put(user("u"), user("lone"), business("b", None), business("c", "u"), professional("fresh", None, at=utcnow()))
    put(check("missing_business"), check("missing_professional"))
    put(finding("x"), finding("y", state="healed"))
    at = ago(hours=3)
    put(Look(check_id="orphaned_user", at=at, full_at=at, seal=0, before=at))
    told = statistics.brief()
    assert {name: told[name] for name in (*statistics.RECORDS, *statistics.DEFECTS)} == {
        "users": 2, "businesses": 2, "professionals": 1,
        "orphanedUsers": 1, "missingBusinessAdmins": 1, "missingProfessionalAdmins": 0,
    }  # fmt: skip
    assert (told["healthy"], told["checkedAt"], told["score"] < 100) == (False, to_wire(at), True)
    assert isinstance(statistics.full()["trend"], list)


def test_nothing_wrong_is_healthy() -> None:
    told = statistics.brief()
    assert (told["healthy"], told["score"]) == (True, 100.0)
