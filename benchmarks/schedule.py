"""Schedule: from the due time to the start; what kills of the scheduler lose; how soon a killed sweep goes on.

    python -m benchmarks.schedule [--repeats 3] [--occurrences 20] [--kills 5] [--orphans 10000] [--seconds 10]

Real processes on one machine: Redis, `digisence scheduler`, `digisence worker` (started again half a second after a
kill, as `digisence up` does), SQLite. Peers have no figures here: stock rq-scheduler loses the job.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import orjson
from redis import Redis
from sqlalchemy import func, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.extensions.queue import NAME, QueuedJob, queue
from digisence.integrity.grid import due_at
from digisence.jobs.schedule import following
from digisence.models import QuarantineEntry, Run, Schedule, User, new_id
from digisence.models.run import RUNNING
from digisence.models.user import BUSINESS_ADMIN
from tests.servers import RedisServer

from . import processes, report
from .singles import ROOT, Singles, singles, until

Process = subprocess.Popen[bytes]
BENCH = Context("system:benchmark")
INTERVAL = 10  # seconds between two sweeps while their starts are timed: longer than one takes, or they queue
PAUSE = 0.5  # seconds from a death to the new start, as the supervisor has it
BEATS, JITTER = 60, 0.3  # jobs that fall due at once; seconds from reading the clock to a push
EAGER = {
    "DIGISENCE_GRACE": "0s", "DIGISENCE_SIGHTINGS": "1", "DIGISENCE_BREAKER_COUNT": "1000000",
    "DIGISENCE_BREAKER_PERCENT": "100", "DIGISENCE_FULL_EVERY": "1",
}  # fmt: skip


def starts(occurrences: int) -> list[float]:
    """Milliseconds from each due time to the start of its run, as the database has it; those left out that were due
    while the sweep before was under way.
    """
    with singles(DIGISENCE_DRILL_INTERVAL="0") as built:
        with unit_of_work(BENCH) as session:
            session.add(Schedule(name="sweep", enabled=True, interval_seconds=INTERVAL, changed_by=BENCH.actor))
        built.start("worker")
        until(queue.worker_alive)
        built.start("scheduler")
        scheduled = select(func.count()).select_from(Run).where(Run.scheduled, Run.finished_at.is_not(None))
        until(lambda: (db.session.scalar(scheduled) or 0) > occurrences)
        timed = select(Run.occurrence, Run.started_at, Run.finished_at).where(Run.scheduled).order_by(Run.created_at)
        rows = db.session.execute(timed).all()
    late = []
    for before, row in pairwise(rows):  # the first was due before anybody was there
        due = due_at(row.occurrence, None)
        if due and row.started_at and before.finished_at and before.finished_at <= due:
            late.append((row.started_at - due).total_seconds() * 1000)
    return late


def blows(seconds: float, seed: int) -> dict[str, int]:
    """A scheduler that is killed at random moments, most in mid-tick: how often, and what was lost or doubled."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            told = _run("tests.jobs.clockwork", server.url, BEATS, 1, int(seconds), seed)
            return {"kills": int(told), **_pushed(Redis.from_url(server.url))}
        finally:
            server.stop()


def _run(module: str, *arguments: object) -> str:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def _pushed(client: Redis) -> dict[str, int]:
    """An occurrence is lost when the next push of its job is not for the next due time; doubled when it came twice."""
    found: dict[str, list[tuple[int, float]]] = {}
    ids = [told.decode() for told in cast("list[bytes]", client.lrange(f"rq:queue:{NAME}", 0, -1))]
    for job in QueuedJob.fetch_many(ids, client):
        assert job is not None
        assert job.enqueued_at is not None
        name, _, due = job.id.rpartition("-")
        found.setdefault(name, []).append((int(due), job.enqueued_at.timestamp()))
    lost = sum(
        after not in {following(at, 1), following(at + JITTER, 1)}
        for pushes in found.values()
        for (_, at), (after, _) in pairwise(pushes)
    )
    total = sum(map(len, found.values()))
    unique = sum(len({due for due, _ in pushes}) for pushes in found.values())
    return {"occurrences": total, "lost": lost, "doubled": total - unique}


def anvil(number: signal.Signals) -> dict[str, Any]:
    """A scheduler that gets the signal at every instruction between taking and storing, one after another."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            told: dict[str, Any] = orjson.loads(_run("tests.jobs.anvil", server.url, int(number)))
            return told
        finally:
            server.stop()


def revivals(kills: int, orphans: int) -> list[dict[str, float]]:
    """The worker is killed in mid-repair: what each time came to."""
    with singles(**EAGER) as built:
        worker = built.start("worker")
        until(queue.worker_alive)
        found = []
        for _ in range(kills):
            told, worker = _revival(built, worker, orphans)
            found.append(told)
        return found


def _revival(built: Singles, worker: Process, orphans: int) -> tuple[dict[str, float], Process]:
    ids = _lose(orphans)
    queue.enqueue("sweep")
    dead = until(_repairing) or ""
    time.sleep(random.uniform(0, 0.05))  # anywhere in a batch
    tree = processes.tree(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    killed = utcnow()
    until(lambda: not any(_lives(pid) for pid in tree))
    done, half = _count(ids)
    time.sleep(PAUSE)
    worker = built.start("worker")
    begun = until(lambda: _followed(dead, Run.started_at))
    until(lambda: _followed(dead, Run.finished_at))
    mended, still_half = _count(ids)
    assert begun is not None
    return {
        "seconds": (begun - killed) / timedelta(seconds=1), "done_when_killed": done,
        "half": half + still_half, "left": orphans - mended,
    }, worker  # fmt: skip


def _lose(orphans: int) -> list[str]:
    """So many users without anything, for a check to set aside."""
    ids = [new_id() for _ in range(orphans)]
    old = utcnow() - timedelta(days=90)
    rows = [
        {"id": key, "email": f"{key}@example.org", "role": BUSINESS_ADMIN, "created_at": old, "updated_at": old}
        for key in ids
    ]
    with unit_of_work(BENCH) as session:
        session.execute(insert(User), rows)
    return ids


def _repairing() -> str | None:
    """The run that has set some records aside and not all."""
    for run in db.session.scalars(select(Run).where(Run.state == RUNNING).execution_options(populate_existing=True)):
        progress = run.progress or {}
        if progress.get("phase") == "repairing" and 0 < progress["recordsDone"] < progress["recordsTotal"]:
            return run.id
    return None


def _followed(dead: str, moment: InstrumentedAttribute[datetime | None]) -> datetime | None:
    return db.session.scalar(select(moment).where(Run.occurrence == f"sweep-again-{dead}"))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _count(ids: list[str]) -> tuple[int, int]:
    """How many of `ids` are set aside, and how many are at two places or at none."""
    db.session.rollback()
    wanted = set(ids)
    live = wanted & set(db.session.scalars(select(User.id)))
    aside = wanted & set(db.session.scalars(select(QuarantineEntry.record_id)))
    return len(aside), len(live & aside) + len(wanted - live - aside)


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--occurrences", type=int, default=20, help="sweeps whose start is timed, a repeat")
    parser.add_argument("--kills", type=int, default=5, help="workers that are killed in mid-repair, a repeat")
    parser.add_argument("--orphans", type=int, default=10_000, help="records that a sweep has to set aside")
    chosen = parser.parse_args(arguments)
    late: list[list[float]] = []
    struck: list[dict[str, int]] = []
    revived: list[dict[str, float]] = []
    for seed in range(chosen.repeats):
        late.append(starts(chosen.occurrences))
        struck.append(blows(max(chosen.seconds, 5), seed))
        revived += revivals(chosen.kills, chosen.orphans)
    anvils = {number.name: anvil(number) for number in (signal.SIGKILL, signal.SIGTERM)}
    tables = [_starts(late), _blows(struck, anvils), _revivals(revived)]
    data = {"late_ms": late, "blows": struck, "anvils": anvils, "revivals": revived}
    report.publish("schedule", __doc__ or "", tables, data, chosen)


def _starts(late: list[list[float]]) -> report.Table:
    table = report.Table("From due time to start", ["repeat", "sweeps", "p50 ms", "p99 ms", "max ms"])
    for number, values in enumerate([*late, [value for part in late for value in part]], start=1):
        name = str(number) if number <= len(late) else "all"
        figures = [report.median(values), report.quantile(values, 0.99), max(values)]
        table.rows.append([name, len(values), *figures])
    table.notes.append("Goal: 2,000 ms, for a worker that is free; those due during another sweep are left out.")
    return table


def _blows(struck: list[dict[str, int]], anvils: dict[str, dict[str, Any]]) -> report.Table:
    table = report.Table("Schedulers killed", ["how", "kills", "occurrences", "lost", "doubled"])
    total = {key: sum(row[key] for row in struck) for key in ("kills", "occurrences", "lost", "doubled")}
    table.rows.append(["at random, SIGKILL and SIGTERM", *total.values()])
    for name, told in anvils.items():
        count = told["instructions"]
        table.rows.append([f"{name} at every instruction", count, count, len(told["faults"]), 0])
    table.notes.append("At every instruction: lost or doubled, counted as lost. Goal: 0.")
    return table


def _revivals(revived: list[dict[str, float]]) -> report.Table:
    columns = ["kills", "next run, median s", "max s", "done at the kill, least", "most", "half done", "left over"]
    table = report.Table("Workers killed with SIGKILL in mid-repair", columns)
    seconds, done = [row["seconds"] for row in revived], [row["done_when_killed"] for row in revived]
    sums = [sum(row[key] for row in revived) for key in ("half", "left")]
    table.rows.append([len(revived), report.median(seconds), max(seconds), min(done), max(done), *sums])
    table.notes.append("Goal: 60 s; half done: 0. Left over: not set aside by the run that followed.")
    return table


if __name__ == "__main__":
    main()
