"""What a killed process leaves goes on at once and once; what Redis lost is put there again; what was cancelled ends."""

from datetime import timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from redis import Redis
from sqlalchemy import update

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.errors import Problem
from digisence.extensions import db
from digisence.extensions.queue import NAME, queue
from digisence.integrity import cancelling, lease, process, revival, runner, runs
from digisence.models import Run

from .conftest import TEST, healthy, save, user

ADMIN = Context("user:root")
pytestmark = pytest.mark.usefixtures("inside")


def begun(*, born: int = -1, **options: Any) -> tuple[str, int]:
    """A run that has its turn, in a process that is dead: id and fence."""
    run_id = runs.create(ADMIN, **{"repair": True, **options})
    assert run_id is not None
    assert runs.start(run_id, ADMIN) is not None
    fence = lease.take(run_id, ADMIN)
    runs.bury(run_id, fence, ADMIN)
    place = process.here().rpartition("/")[0]
    set_values(run_id, host=f"{place}/{born}" if born else process.here())
    return run_id, fence


def set_values(run_id: str, **values: Any) -> None:
    with unit_of_work(TEST) as session:
        changed = update(Run).where(Run.id == run_id).values(**values)
        session.execute(changed.execution_options(synchronize_session=False))


def waiting(redis_url: str) -> list[str]:
    with Redis.from_url(redis_url) as redis:
        return [entry.decode() for entry in redis.lrange(f"rq:queue:{NAME}", 0, -1)]


def test_the_next_run_waits_for_nobody_who_is_dead() -> None:
    dead, fence = begun()
    before = utcnow()
    following = runs.create(ADMIN)
    assert following is not None
    done = runner.execute(following)
    assert done is not None
    assert done["state"] == "passed"
    assert utcnow() - before < timedelta(seconds=lease.PATIENCE_SECONDS / 2)
    assert runs.read(dead).state == "abandoned"
    with pytest.raises(lease.LeaseLost):
        runs.advance(dead, fence, ADMIN)


def test_who_lives_is_waited_for() -> None:
    begun(born=0)
    with pytest.raises(lease.LeaseBusy):
        lease.take("other", ADMIN, patience=0.3)
    assert revival.revive(TEST) == []


def test_a_dead_sweep_is_followed_once_and_its_follower_by_none(redis_url: str) -> None:
    dead, _ = begun(occurrence="sweep-sweep-1763892000")
    [follower] = revival.revive(TEST)
    assert revival.revive(TEST) == []
    assert waiting(redis_url) == [follower]
    assert (runs.read(dead).state, runs.read(dead).error) == ("abandoned", runs.ENDED_EARLY)
    occurrence = queue.job(follower).kwargs["arguments"]["occurrence"]
    done = runner.sweep(occurrence)
    assert done is not None
    assert (done["state"], done["repair"]) == ("passed", True)
    assert runner.sweep(occurrence) is None
    begun(occurrence=f"sweep-again-{dead}-and-dead-too")
    assert revival.revive(TEST) == []


def test_a_follower_mends_what_the_dead_one_had_seen_and_not_mended() -> None:
    healthy(50)
    save(*(user(f"orphan{number}") for number in range(2)))
    for _ in range(2):
        seen = runs.create(ADMIN)
        assert seen is not None
        runner.execute(seen)
    dead = runs.create(ADMIN, repair=True)
    assert dead is not None

    def die(progress: dict[str, Any]) -> None:
        if (
            progress["checksDone"] == progress["checksTotal"] - 1
        ):  # it has seen them, as looks at changes will not again
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.execute(dead, die)
    done = runner.sweep(f"again-{dead}")
    assert done is not None
    assert (done["state"], done["fixedRecords"]) == ("passed", 2)


@pytest.mark.parametrize("options", [{"repair": False}, {"dry_run": True}, {"findings": ["f1"]}])
def test_what_was_no_sweep_is_closed_and_not_followed(redis_url: str, options: dict[str, Any]) -> None:
    dead, _ = begun(**options)
    assert revival.revive(TEST) == []
    assert (runs.read(dead).state, waiting(redis_url)) == ("abandoned", [])


def test_a_silent_run_on_another_machine_is_followed_when_its_time_is_over() -> None:
    dead, fence = begun()
    set_values(dead, host="elsewhere:1@another-boot.1/5")
    assert revival.revive(TEST) == []
    set_values(dead, heartbeat_at=utcnow() - lease.life() - timedelta(seconds=1))
    assert len(revival.revive(TEST)) == 1
    with pytest.raises(lease.LeaseLost):  # it lived after all
        runs.advance(dead, fence, ADMIN)


def test_a_run_that_redis_lost_is_put_there_again(redis_url: str) -> None:
    healthy(3)
    run_id = runs.create(ADMIN)
    assert run_id is not None
    runs.enqueue(run_id, ADMIN)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    assert revival.revive(TEST) == []  # it was asked for a moment ago
    set_values(run_id, created_at=utcnow() - timedelta(minutes=1))
    assert revival.revive(TEST) == [f"run-{run_id}"]
    assert revival.revive(TEST) == []
    assert waiting(redis_url) == [f"run-{run_id}"]


def test_a_run_whose_job_died_unbegun_is_closed(redis_url: str) -> None:
    run_id = runs.create(ADMIN)
    assert run_id is not None
    runs.enqueue(run_id, ADMIN)
    set_values(run_id, created_at=utcnow() - timedelta(minutes=1))
    with Redis.from_url(redis_url) as redis:
        redis.hset(f"rq:job:run-{run_id}", "status", "failed")
    assert revival.revive(TEST) == []
    assert (runs.read(run_id).state, runs.read(run_id).error) == ("abandoned", revival.NEVER_BEGAN)


def test_a_waiting_job_that_is_cancelled_never_begins(redis_url: str) -> None:
    run_id = runs.create(ADMIN)
    assert run_id is not None
    runs.enqueue(run_id, ADMIN)
    assert cancelling.cancel(f"run-{run_id}", ADMIN).told()["state"] == "canceled"
    assert waiting(redis_url) == []
    assert (runs.read(run_id).state, runs.read(run_id).error) == ("abandoned", "cancelled by user:root")
    assert runner.execute(run_id) is None
    with pytest.raises(Problem) as caught:
        cancelling.cancel(f"run-{run_id}", ADMIN)
    assert (caught.value.status, caught.value.code) == (409, "job-ended")


def test_a_running_sweep_that_is_cancelled_stops_at_its_next_step_and_writes_nothing_more(inside: AppContext) -> None:
    healthy(3)
    job_id = queue.enqueue("sweep", {"occurrence": "sweep-1763892000"})
    steps: list[dict[str, Any]] = []

    def watch(progress: dict[str, Any]) -> None:
        steps.append(progress)
        queue.withdraw(job_id)  # as if a worker had it
        cancelling.cancel(job_id, ADMIN)

    run_id = runs.create(ADMIN, repair=True, occurrence="sweep-sweep-1763892000")
    assert run_id is not None
    done = runner.execute(run_id, watch)
    assert done is not None
    assert (done["state"], done["error"], len(steps)) == ("abandoned", "cancelled by user:root", 1)
    db.session.rollback()
    following = runs.create(ADMIN)
    assert following is not None
    assert lease.take(following, ADMIN, patience=0.0) > 0


def test_one_that_waits_for_its_turn_can_be_cancelled_too() -> None:
    run_id = runs.create(ADMIN, repair=True)
    assert run_id is not None
    runs.start(run_id, ADMIN)
    assert revival.close(run_id, TEST, "cancelled")
    fence = lease.take(run_id, ADMIN)
    with pytest.raises(lease.LeaseLost):
        runs.advance(run_id, fence, ADMIN)
