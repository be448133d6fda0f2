"""A worker that is killed in the middle of an import leaves nothing half-done; the next one goes on, no row twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select

from digisence.changes import Context
from digisence.errors import Conflict
from digisence.extensions import db, queue
from digisence.models import Change, Import, ImportedRow, User
from digisence.records.transfer import execution, imports, revival, undoing
from tests.cli.conftest import environment_of
from tests.records.transfer.files import sent

OPERATOR = Context("system:command-line")
ROWS = 4000
PATIENCE = 120


class Workers:
    """Real workers, each in a process group of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment, self._started = environment, list[subprocess.Popen[bytes]]()

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "digisence", "worker"]
        self._started.append(subprocess.Popen(command, env=self._environment, start_new_session=True))
        return self._started[-1]

    def stop(self) -> None:
        for process in self._started:
            for child in children(process):
                child.kill()
            process.kill()
            process.wait()


def children(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def workers(app: Flask) -> Iterator[Workers]:
    started = Workers({**os.environ, **environment_of(app)})
    yield started
    started.stop()


def stands(import_id: str) -> Import:
    """The import as it is now, not as an open snapshot shows it."""
    db.session.rollback()
    return imports.read(import_id)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The worker and its work-horse, at once."""
    for one in [*children(process), psutil.Process(process.pid)]:
        one.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_in_the_middle_it_goes_on_and_no_row_comes_twice(app: Flask, workers: Workers) -> None:
    one = sent(
        "users", "email,name\n" + "".join(f"u{number}@example.org,U\n" for number in range(ROWS)), asker=OPERATOR
    )
    imports.enqueue(imports.IMPORT, one.id)
    first = workers.start()
    until(lambda: stands(one.id).rows)
    kill(first)
    left = stands(one.id).rows
    assert 0 < left < ROWS
    assert count(User) == count(ImportedRow) == stands(one.id).created == left
    workers.start()
    until(lambda: stands(one.id).finished_at)
    found = stands(one.id)
    assert (found.state, found.rows, found.created, found.failed) == ("done", ROWS, ROWS, 0)
    assert found.attempt == 3  # taken, put back, taken
    assert count(User) == count(ImportedRow) == ROWS
    numbers = Counter(db.session.scalars(select(ImportedRow.number)))
    assert (len(numbers), set(numbers.values())) == (ROWS, {1})
    told = select(func.count(), func.count(Change.record_id.distinct())).where(Change.action == "created")
    assert tuple(db.session.execute(told).one()) == (ROWS, ROWS)


def test_who_was_thought_dead_writes_nothing_more(app: Flask) -> None:
    one = sent("users", "email\n" + "".join(f"u{number}@example.org\n" for number in range(2500)), asker=OPERATOR)
    zombie = imports.claim(one.id, "elsewhere")
    assert zombie is not None
    assert revival.revive(lambda _host: True) == [one.id]
    with pytest.raises(imports.TurnLost):
        execution.Execution(zombie, lambda _told: None, lambda _ids, _context: None).carry_out()
    assert count(User) == 0
    done = execution.execute(one.id, "here")
    assert done is not None
    assert (done["state"], done["created"]) == ("done", 2500)


def test_what_redis_lost_begins_and_what_was_called_off_does_not(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (sent("users", f"email\n{name}@x.org\n", asker=OPERATOR) for name in "ab")
    imports.enqueue(imports.IMPORT, other.id)
    assert queue.withdraw(imports.job_of(imports.IMPORT, other.id, 0))
    monkeypatch.setattr(revival, "UNSTARTED", timedelta(0))
    assert revival.revive(lambda _host: False) == [one.id]
    assert stands(other.id).state == "cancelled"
    assert execution.execute(one.id, "here") is not None
    assert revival.revive(lambda _host: True) == []


def test_an_undoing_that_was_called_off_is_begun_when_it_is_asked_for_again(app: Flask) -> None:
    done = execution.execute(sent("users", "email\na@x.org\n", asker=OPERATOR).id, "here")
    assert done is not None
    jobs = []
    for _ in range(2):
        attempt = imports.ask_undo(done["id"], OPERATOR).attempt
        imports.enqueue(imports.UNDO, done["id"])
        jobs.append(imports.job_of(imports.UNDO, done["id"], attempt))
        assert (queue.state(jobs[-1]), stands(done["id"]).state) == ("queued", "undoing")
        assert queue.withdraw(jobs[-1])
        assert revival.revive(lambda _host: False) == []
        assert stands(done["id"]).state == "done"
    assert jobs[0] != jobs[1]
    imports.ask_undo(done["id"], OPERATOR)
    back = undoing.undo(done["id"], "here")
    assert back is not None
    assert (back["state"], back["undone"]) == ("undone", 1)
    with pytest.raises(Conflict) as refused:
        imports.ask_undo(done["id"], OPERATOR)
    assert refused.value.code == "no-undo"
