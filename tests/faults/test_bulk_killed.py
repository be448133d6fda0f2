"""A bulk action, or its undo, killed in the middle goes on where it stood: no record twice, none forgotten, all told."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.extensions.queue import queue
from digisence.models import BulkAction, Category, Change
from digisence.records import bulk_told, carrying, ledger
from digisence.records.bulk import insert
from digisence.records.tables import table
from tests.conftest import SECRET

ADMIN = Context("system:command-line")
NUMBER = 23

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process of ours; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(module: str, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)], env={**os.environ, **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def fill(number: int) -> list[str]:
    """Categories."""
    ids = [f"c{one:05}" for one in range(number)]
    with unit_of_work(ADMIN) as session:
        insert(session, table(Category), [{"id": one, "name": f"Category {one}", "slug": one} for one in ids])
    return ids


def asked(action: str, **more: object) -> str:
    return ledger.open_(Category, {"action": action, "filter": {}, **more}, ADMIN)[0]


def grow_silent(bulk_id: str) -> None:
    """Half a minute passes."""
    with unit_of_work(ADMIN) as session:
        past = update(BulkAction).where(BulkAction.id == bulk_id).values(heartbeat_at=utcnow() - 2 * ledger.SILENT)
        session.execute(past.execution_options(synchronize_session=False))


def told() -> Counter[str]:
    """Changes by action, each record counted once an action; a record with two of them fails the test."""
    with db.engine.connect() as connection:
        per_record = select(Change.action, Change.record_id, func.count()).group_by(Change.action, Change.record_id)
        rows = connection.execute(per_record).all()
    assert {number for _action, _record, number in rows} == {1}
    return Counter(action for action, _record, _number in rows)


def killed(start: Start, database: str, folder: Path, bulk_id: str, where: str) -> None:
    process = start("tests.faults.bulkier", database, folder, bulk_id, where)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_in_the_middle_it_goes_on_where_it_stood_and_so_does_its_undo(
    start: Start, database: str, tmp_path: Path
) -> None:
    ids = fill(NUMBER)
    bulk_id = asked("delete")
    killed(start, database, tmp_path, bulk_id, "inside")
    half = ledger.read(bulk_id)
    assert (half.state, half.done, half.failed) == ("running", 10, 0)
    assert bulk_told.items(bulk_id, 1, 1, "waiting")[1] == NUMBER - 10
    assert told() == {"created": NUMBER, "quarantined": 10}
    assert carrying.carry_out(bulk_id) is None, "it might still live"
    grow_silent(bulk_id)
    done = carrying.carry_out(bulk_id)
    assert done is not None
    assert (done.state, done.done, done.failed) == ("done", NUMBER, 0)
    assert told() == {"created": NUMBER, "quarantined": NUMBER}

    ledger.ask_undo(bulk_id, ADMIN)
    killed(start, database, tmp_path, bulk_id, "between")
    assert (ledger.read(bulk_id).state, ledger.read(bulk_id).undone) == ("undoing", 10)
    grow_silent(bulk_id)
    undone = carrying.carry_out(bulk_id)
    assert undone is not None
    assert (undone.state, undone.undone, undone.conflicts) == ("undone", NUMBER, 0)
    assert told() == {"created": NUMBER, "quarantined": NUMBER, "restored": NUMBER}
    assert bulk_told.results(bulk_id, undo=True)["done"] == ids


def test_a_process_that_was_taken_for_dead_writes_nothing_more(start: Start, database: str, tmp_path: Path) -> None:
    fill(NUMBER)
    bulk_id = asked("set", values={"description": "d"})
    process = start("tests.faults.bulkier", database, tmp_path, bulk_id, "between")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    grow_silent(bulk_id)
    assert carrying.carry_out(bulk_id) is not None
    assert told() == {"created": NUMBER, "updated": NUMBER}
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline() == "None\n"
    assert told() == {"created": NUMBER, "updated": NUMBER}
    assert ledger.read(bulk_id).state == "done"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_worker_that_is_killed_is_followed_by_another(
    start: Start, database: str, redis_url: str, tmp_path: Path
) -> None:
    number = 3_000
    fill(number)
    bulk_id = asked("set", values={"description": "d"})
    first = carrying.enqueue(bulk_id)
    places = {"DATABASE_URL": database, "DIGISENCE_INSTANCE": str(tmp_path), "DIGISENCE_SECRET_KEY": SECRET}
    worker = start("tests.jobs.labour", redis_url, 1, 2, 1, **places)
    end = time.monotonic() + 60
    while not ledger.read(bulk_id).done:
        assert time.monotonic() < end, "nothing is done"
    worker.kill()
    worker.wait()
    time.sleep(0.5)  # the work-horse is killed with it by the kernel
    stood = ledger.read(bulk_id)
    assert stood.state == "running"
    assert 0 < stood.done < number
    assert told() == {"created": number, "updated": stood.done}
    assert ledger.read(bulk_id).done == stood.done, "nobody works on"
    assert carrying.resume() == [], "it might still live"
    grow_silent(bulk_id)
    (second,) = carrying.resume()
    assert (second != first, queue.state(second)) == (True, "queued")
    grow_silent(bulk_id)
    assert carrying.resume() == [], "a job waits for it"
    said, _ = start("tests.jobs.labour", redis_url, 1, 2, 1, "burst", **places).communicate(timeout=120)
    done = ledger.read(bulk_id)
    assert (done.state, done.done, done.job_id) == ("done", number, second), said
    assert told() == {"created": number, "updated": number}
    job = queue.job(second)
    assert job.meta["total"] == number
    assert job.return_value()["done"] == number


def test_one_that_was_called_off_is_not_begun_again() -> None:
    fill(2)
    bulk_id = asked("delete")
    assert queue.withdraw(carrying.enqueue(bulk_id))
    grow_silent(bulk_id)
    assert carrying.resume() == []
    ended = ledger.read(bulk_id)
    assert (ended.state, ended.done) == ("errored", 0)
    assert "called off" in str(ended.error)
    assert told() == {"created": 2}
