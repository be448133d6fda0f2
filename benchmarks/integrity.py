"""Integrity at size: a run over a large directory beside the raw SQL, and what it costs to look, mend and bring back.

    python -m benchmarks.integrity [--users 1000000] [--engines sqlite,postgresql] [--repeats 3] [--changes 1000]

The directory is filled by SQL: businesses, professionals, orphans and missing admins in the proportions of 700,000,
290,000, 10,000 and 1,000 to a million users. Everything runs in one process on one machine; times are wall-clock
medians, and each ratio is taken within the same repeat.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import func, select, update

from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain, waiting
from digisence.extensions import db
from digisence.integrity import catalogue, detection, registry, runner, runs, statistics
from digisence.models import Business, Check, Professional, QuarantineEntry, User
from digisence.records import quarantine

from . import databases, directory, report
from .watching import Memory, Writer, connect

ACTOR = Context("system:benchmark")
# No breaker, no full look among the sweeps, and time enough on a busy machine
SETTINGS = {"breaker_count": 10**9, "breaker_percent": 100, "full_every": 10**6, "rule_timeout": 600}
SAMPLED = 2_000  # users that the loop over objects looks at; the rest is extrapolated
ORPHANS = "SELECT id FROM users u WHERE {} NOT EXISTS (SELECT 1 FROM businesses WHERE admin_id = u.id) AND NOT EXISTS (SELECT 1 FROM professionals WHERE admin_id = u.id)"  # noqa: E501
PROMISED = "role IN ('BUSINESS_ADMIN', 'PROFESSIONAL_ADMIN')"
UNLED = "SELECT id FROM {} p WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = p.admin_id)"
RAW = {
    "orphaned_user": ORPHANS.format(f"{PROMISED} AND"),
    "missing_business": UNLED.format("businesses"),
    "missing_professional": UNLED.format("professionals"),
}
# What PostgreSQL does best: merge the keys' indexes, then read the roles of what is left
ALONE = f"WITH alone AS MATERIALIZED ({ORPHANS.format('')})"
AMONG = "SELECT id FROM users WHERE id = ANY (ARRAY(SELECT id FROM alone))"
MERGED = {**RAW, "orphaned_user": f"{ALONE} {AMONG} AND {PROMISED}"}
MERGING = "SET enable_hashjoin = off; SET max_parallel_workers_per_gather = 0"


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    began = time.perf_counter()
    found = action()
    return time.perf_counter() - began, found


class Raw:
    """The same questions, asked straight of the driver."""

    def __init__(self, engine: str) -> None:
        self.connection = connect(db.engine.url)
        self.merges = engine == "postgresql"

    def as_planned(self) -> dict[str, int]:
        """How the database answers by itself."""
        return {name: len(self.connection.execute(sql).fetchall()) for name, sql in RAW.items()}

    def best(self) -> dict[str, int]:
        """The best way known to us."""
        if not self.merges:
            return self.as_planned()
        for setting in MERGING.split("; "):
            self.connection.execute(setting)
        found = {name: len(self.connection.execute(sql).fetchall()) for name, sql in MERGED.items()}
        self.connection.execute("RESET ALL")
        return found


def loop(users: int) -> float:
    """The old way, object by object: seconds for `users` users and as many profiles, from a sample."""
    began = time.perf_counter()
    for user in db.session.scalars(select(User).order_by(User.id).limit(SAMPLED)).all():
        for profile in (Business, Professional):
            db.session.scalars(select(profile).where(profile.admin_id == user.id)).first()
    for business in db.session.scalars(select(Business).order_by(Business.id).limit(SAMPLED)).all():
        admin = select(User).where(User.id == business.admin_id)
        db.session.scalars(admin.execution_options(populate_existing=True)).first()
    db.session.rollback()
    db.session.expunge_all()
    return (time.perf_counter() - began) / SAMPLED * users


def scan(rules: dict[str, registry.Registered]) -> dict[str, int]:
    """The three SELECTs as the product runs them: grace laid over them, rows judged and explained, nothing written."""
    return {name: len(detection.detect(_check(name), rules[name]).seen) for name in registry.SEED}


def _check(name: str) -> Check:
    return Check(id=name, settings=None, grace_seconds=None, rule_grace_seconds=None)


def run(**options: Any) -> dict[str, Any]:
    """One run of the seed's three checks from claim to close; with an occurrence, as a sweep does it."""
    run_id = runs.create(ACTOR, checks=registry.SEED, **options)
    done = runner.execute(str(run_id))
    if done is None or done["state"] == "errored":
        raise RuntimeError(f"the run failed: {done}")
    return done


def change(count: int, number: int) -> None:
    """So many changes as a day brings them: most matter to no check, some bring or take a profile or its admin."""
    moved, made = count // 20, count // 10
    names = directory.some(db.engine, User, count)[: count - 2 * moved - 2 * made]
    businesses = directory.some(db.engine, Business, count)
    with unit_of_work(ACTOR) as session:
        renamed = update(User).where(User.id.in_(names)).values(name=f"Renamed {number}")
        emptied = update(Business).where(Business.id.in_(businesses[:moved])).values(admin_id=None)
        for statement in (renamed, emptied):
            session.execute(statement, execution_options={"synchronize_session": False})
        new = [f"new-{number}-{each}" for each in range(made)]
        session.add_all(User(id=user_id, email=f"{user_id}@example.org") for user_id in new)
        session.flush()
        session.add_all(Business(name="New", admin_id=user_id) for user_id in new)
    with unit_of_work(ACTOR) as session:
        for record in session.scalars(select(Business).where(Business.id.in_(businesses[moved : 2 * moved]))):
            session.delete(record)
    while waiting(db.engine):  # another thread may be at it
        drain()


def mend(shape: directory.Shape) -> dict[str, float]:
    """Set all orphans aside in one repairing run, and bring them back, while another writes."""
    began: list[float] = []

    def watch(progress: dict[str, Any]) -> None:
        if progress["phase"] == "repairing" and not began:
            began.append(time.perf_counter())

    writer, app = Writer(db.engine.url), current_app._get_current_object()  # type: ignore[attr-defined]
    run_id = str(runs.create(ACTOR, checks=["orphaned_user"], repair=True))
    with databases.relaying(app), writer.writing():
        started = time.perf_counter()
        done = runner.execute(run_id, watch)
        took = time.perf_counter() - (began[0] if began else started)
        restoring, _ = timed(lambda: quarantine.restore_run(run_id, ACTOR))
    set_aside = sum(line["quarantined"] for line in (done or {"counts": []})["counts"])
    left = db.session.scalar(select(func.count()).where(QuarantineEntry.restored_at.is_(None)))
    if set_aside < shape.orphans or left:
        raise RuntimeError(f"{set_aside} of {shape.orphans} set aside, {left} not brought back")
    return {
        "set_aside_a_second": set_aside / took, "restored_a_second": set_aside / restoring,
        "longest_wait_ms": max(writer.waits), "wait_p99_ms": report.quantile(writer.waits, 0.99),
    }  # fmt: skip


def measure(engine: str, shape: directory.Shape, repeats: int, changes: int) -> dict[str, list[float]]:
    """All figures of one engine, by name, a value for each repeat."""
    found: dict[str, list[float]] = {}
    with databases.application(engine, **SETTINGS):
        _say(engine, "filling the directory")
        directory.fill(db.engine, shape)
        with unit_of_work(ACTOR) as session:
            session.connection().exec_driver_sql("INSERT INTO categories (id, name) VALUES ('category', 'Category')")
        raw = Raw(engine)
        catalogue.register(ACTOR)
        run(), run()  # the findings are made; from now on they are seen again
        memory = Memory()
        with memory.watching():
            for number in range(repeats):
                _say(engine, f"repeat {number + 1} of {repeats}")
                for name, value in _repeat(raw, shape, changes, number).items():
                    found.setdefault(name, []).append(value)
            _say(engine, "setting aside and bringing back")
            for name, value in mend(shape).items():
                found[name] = [value]
        found["memory_mb"] = [memory.over_idle]
    return found


def _say(engine: str, what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {engine}: {what}", file=sys.stderr, flush=True)


def _repeat(raw: Raw, shape: directory.Shape, changes: int, number: int) -> dict[str, float]:
    rules = registry.survey(10).rules
    planned, counts = timed(raw.as_planned)
    best, again = timed(raw.best)
    scanned, ours = timed(lambda: scan(rules))
    if counts != again or any(ours[name] > counts[name] for name in counts):  # what just changed is within grace
        raise RuntimeError(f"the counts differ: {counts}, {again}, {ours}")
    whole, _ = timed(run)
    change(changes, number)
    partial, done = timed(lambda: run(occurrence=f"benchmark-{number}", repair=True))
    if {line["look"] for line in done["counts"]} != {"changes"}:
        raise RuntimeError(f"it looked at more than what changed: {done['counts']}")
    looking = sum(line["seconds"] for line in done["counts"])
    agreed = run()
    if any(line["disagreeing"] for line in agreed["counts"]):
        raise RuntimeError(f"a full look disagrees: {agreed['counts']}")
    told, _ = timed(statistics.full)
    return {
        "raw_planned": planned, "raw_best": best, "loop": loop(shape.users),
        "scan": scanned, "scan_ratio": scanned / best, "run": whole, "run_ratio": whole / best,
        "looking": looking, "looking_share": scanned / looking,
        "partial": partial, "partial_share": whole / partial, "statistics_ms": told * 1000,
    }  # fmt: skip


ROWS = (
    ("raw_planned", "raw SQL as planned, s"), ("raw_best", "raw SQL at its best, s"),
    ("loop", "loop over objects, s (extrapolated)"), ("scan", "the three scans, s"),
    ("scan_ratio", "scans : best raw SQL (goal 1.3)"), ("run", "a full run, s"), ("run_ratio", "run : best raw SQL"),
    ("looking", "looks at the changes, s"), ("looking_share", "scans : looks at the changes (goal 50)"),
    ("partial", "a sweep after the changes, s"), ("partial_share", "full run : that sweep"),
    ("statistics_ms", "statistics, ms (goal 20)"), ("memory_mb", "most memory over idle, MB (goal 60)"),
    ("set_aside_a_second", "records set aside a second"), ("restored_a_second", "records restored a second"),
    ("longest_wait_ms", "another writer's longest wait, ms (goal 50)"), ("wait_p99_ms", "its p99, ms"),
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--users", type=int, default=directory.GOAL.users, help="users; the rest in proportion")
    parser.add_argument("--engines", default=",".join(databases.ENGINES), help="which databases, comma-separated")
    parser.add_argument("--changes", type=int, default=1000, help="changes between two sweeps")
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    shape = directory.scaled(options.users)
    engines = [engine for engine in databases.ENGINES if engine in options.engines.split(",")]
    data = {engine: measure(engine, shape, options.repeats, options.changes) for engine in engines}
    report.publish("integrity", __doc__ or "", [_table(shape, data, options)], data, options)


Figures = dict[str, dict[str, list[float]]]


def _table(shape: directory.Shape, data: Figures, options: argparse.Namespace) -> report.Table:
    title = f"{shape.users:,} users, {shape.businesses:,} businesses, {shape.professionals:,} professionals"
    rows: list[list[report.Cell]] = [
        [text, *(report.median(found[name]) for found in data.values())] for name, text in ROWS
    ]
    notes = [
        f"{shape.orphans:,} orphans, {shape.missing:,} missing admins; {options.repeats} repeats, "
        f"{options.changes:,} changes (seven tenths of them of no importance to the checks) before each sweep.",
        f"The loop over objects looked at {SAMPLED:,} users and businesses; its time for all is extrapolated.",
        "The full runs agreed with the sweeps before them.",
    ]
    return report.Table(title, ["", *data], rows, notes)


if __name__ == "__main__":
    main()
