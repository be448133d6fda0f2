"""A repair killed in the middle leaves no record half done, and the next goes on; one that lost its turn writes nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from digisence import create_app
from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.integrity import lease, reading, runner, runs
from digisence.models import Change, Finding, Lease, QuarantineEntry, User
from tests.conftest import SECRET
from tests.draining import put_away
from tests.integrity.conftest import TEST, healthy, install, save, user

ADMIN = Context("user:root")
ORPHANS, BATCH = 20, 5
PROMISED_SECONDS = 60

Mender = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def directory(database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Orphans that the next repairing run sets aside; the folder with our distribution's metadata."""
    install(tmp_path / "own", "digisence", "0.1.0", "digisence.integrity.checks")
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
    app = create_app(
        instance=tmp_path, database_url=database, redis_url=redis_url, secret_key=SECRET, breaker_count=1000,
        breaker_percent=100,
    )  # fmt: skip
    with app.app_context():
        healthy(50)
        save(*(user(f"orphan{number:02}") for number in range(ORPHANS)))
        runner.execute(str(runs.create(ADMIN)))
        yield tmp_path
    put_away(app)


@pytest.fixture
def mender(directory: Path, database: str) -> Iterator[Mender]:
    """Start a process that repairs and halts; see `mender.py`."""
    started: list[subprocess.Popen[str]] = []

    def start(where: str) -> "subprocess.Popen[str]":
        path = os.pathsep.join([str(directory / "own"), str(Path.cwd())])
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mender", database, str(directory), where],
            env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def standing() -> tuple[int, int, int, int]:
    """Orphans that live, entries, findings set aside, and Changes that tell of one."""
    db.session.rollback()
    counts = (
        select(func.count()).select_from(User).where(User.id.like("orphan%")),
        select(func.count()).select_from(QuarantineEntry),
        select(func.count()).select_from(Finding).where(Finding.state == "quarantined"),
        select(func.count()).select_from(Change).where(Change.action == "quarantined"),
    )
    found = tuple(int(db.session.scalar(count) or 0) for count in counts)
    db.session.rollback()
    return found  # type: ignore[return-value]


def go_on() -> Any:
    """The next run, as the schedule starts it."""
    done = runner.execute(str(runs.create(ADMIN, repair=True, checks=["orphaned_user"])))
    assert done is not None
    return done


@pytest.mark.parametrize("where", ["inside", "between"])
def test_a_kill_in_mid_repair_leaves_whole_records_and_the_next_run_goes_on(mender: Mender, where: str) -> None:
    victim = mender(where)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    done = 2 * BATCH
    assert standing() == (ORPHANS - done, done, done, done)
    began = time.monotonic()
    after = go_on()
    assert time.monotonic() - began < PROMISED_SECONDS
    assert (after["state"], after["fixedRecords"]) == ("passed", ORPHANS - done)
    assert standing() == (0, ORPHANS, ORPHANS, ORPHANS)


def test_one_that_slept_while_another_took_over_writes_nothing(mender: Mender) -> None:
    zombie = mender("between")
    with unit_of_work(TEST) as session:
        past = reading.database_now(session.connection()) - 2 * lease.life()
        session.execute(update(Lease).values(expires_at=past).execution_options(synchronize_session=False))
    assert go_on()["fixedRecords"] == ORPHANS - 2 * BATCH
    before = standing()
    answer, _ = zombie.communicate("go on\n", timeout=60)
    assert answer.strip() == "abandoned"
    assert standing() == before == (0, ORPHANS, ORPHANS, ORPHANS)
