"""One rule tried once on a scratch directory; everything that the clauses of the contract ask about is written down."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import func, select, update

from ..changes import unit_of_work
from ..clock import utcnow
from ..errors import Problem
from ..extensions import db
from ..integrity.detection import Detection, detect, still
from ..integrity.isolation import RuleBroken
from ..integrity.reading import database_now, snapshot
from ..integrity.registry import Registered
from ..models import RECORDS, Change, Check, Record, new_id
from ..records import quarantine
from ..records.locks import lock
from ..records.tables import portions, table
from .directory import SETTINGS, Directory
from .plan import repeated_scans
from .seed import AUTHOR, Seed

Rows = dict[tuple[str, str], dict[str, Any]]  # (resource, id) -> the row
Made = Callable[[Seed], Any]
MOVED = {"version", "updated_at"}  # what a lost reference and its return leave behind in a record


@dataclass
class Trial:
    """What a rule did. `wanted`: keys of its resource that it must find, None where nobody said; `spared`: must not.

    `fault`: why it could not be run at all.
    """

    registered: Registered
    engine: str
    settings: dict[str, Any] | None
    wanted: set[str] | None = None
    spared: set[str] = field(default_factory=set)
    fault: str | None = None
    first: Detection | None = None
    seconds: float = 0.0
    found: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    texts: tuple[str, str] = ("", "")
    other: str = ""
    explanations: dict[str, str] = field(default_factory=dict)
    changes: int = 0
    repeated: list[str] = field(default_factory=list)
    after_placing: set[str] = field(default_factory=set)
    after_restoring: set[str] = field(default_factory=set)
    differing: list[str] = field(default_factory=list)
    not_restored: list[str] = field(default_factory=list)
    renewed: set[str] = field(default_factory=set)
    refused: str | None = None
    when_touched: set[str] = field(default_factory=set)

    @property
    def model(self) -> type[Record]:
        """The model of the rule's resource."""
        return RECORDS[self.registered.about.resource]

    @cached_property
    def check(self) -> Check:
        """The check as it would be registered."""
        about = self.registered.about
        return Check(
            id=self.registered.id, resource=about.resource, title=about.title, severity=about.severity,
            remedy=about.remedy, mode="observe", rule_grace_seconds=about.grace, settings=self.settings,
            settings_schema=about.settings, settings_defaults=about.defaults,
        )  # fmt: skip


def attempt(
    registered: Registered,
    directory: Directory,
    *,
    broken: Made | None = None,
    healthy: Made | None = None,
    settings: dict[str, Any] | None = None,
) -> Trial:
    """Try the rule on `directory`: look twice, set aside what it found, bring that back, touch it."""
    chosen = settings if settings is not None else registered.about.defaults
    trial = Trial(registered, directory.engine, chosen)
    trial.spared = set(_keys(trial, healthy(directory.seed))) if healthy else set()
    if broken:
        trial.wanted = set(_keys(trial, broken(directory.seed)))
    try:
        _watch(trial)
        _set_aside(trial)
        _touch(trial)
    except RuleBroken as error:
        trial.fault = str(error)
    except Problem as problem:
        trial.refused = problem.detail
    return trial


def _keys(trial: Trial, made: Any) -> Iterable[str]:
    """Ids of the rule's own records among what an author's function gave back."""
    if made is None:
        return []
    if isinstance(made, Record):
        return [made.id] if isinstance(made, trial.model) else []
    if isinstance(made, str):
        return [made]
    return [key for one in made for key in _keys(trial, one)]


def _watch(trial: Trial) -> None:
    before = _changes()
    started = time.monotonic()
    first = look(trial)
    trial.seconds = time.monotonic() - started
    trial.found, trial.explanations = set(first.seen), first.explanations
    trial.again = set(look(trial).seen)
    trial.changes = _changes() - before
    trial.texts = (str(first.predicate.base), _text(trial, first.at, trial.engine))
    trial.first = first
    trial.other = _text(trial, first.at, "postgresql" if trial.engine == "sqlite" else "sqlite")
    trial.repeated = repeated_scans(first.predicate, first.before)


def look(trial: Trial) -> Detection:
    """What the rule sees now, asked as a worker asks. RuleBroken."""
    try:
        return detect(trial.check, trial.registered)
    finally:
        db.session.rollback()


def _still(trial: Trial) -> set[str]:
    """Which of the records found the rule's SELECT finds now, asked as it is asked under lock."""
    assert trial.first is not None  # noqa: S101 it comes before all else
    with snapshot(SETTINGS["rule_timeout"]) as connection:
        before = trial.first.before + (database_now(connection) - trial.first.at)
        return set(still(connection, trial.first.predicate, before, sorted(trial.found)))


def _text(trial: Trial, now: datetime, dialect: str) -> str:
    return str(trial.registered.predicate(now, dialect, trial.settings, SETTINGS["rule_timeout"]).base)


def _changes() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table(Change))) or 0


def rows() -> Rows:
    """Every record of every resource, whole."""
    with db.engine.connect() as connection:
        return {
            (resource, row.id): dict(row._mapping)
            for resource, model in RECORDS.items()
            for row in connection.execute(select(table(model)))
        }


def _set_aside(trial: Trial) -> None:
    before, run_id = rows(), new_id()
    with unit_of_work(AUTHOR) as session:
        held = lock(session, trial.model, sorted(trial.found))
        quarantine.place(
            session, trial.model, list(held), kind=quarantine.BY_CHECK, reason=trial.registered.about.title,
            actor=AUTHOR.actor, check_id=trial.registered.id, run_id=run_id,
        )  # fmt: skip
    gone = before.keys() - rows().keys()
    trial.after_placing = _still(trial)
    if gone:
        failed = quarantine.restore_run(run_id, AUTHOR)["failed"]
        trial.not_restored = [f"{one['code']}: {one['detail']}" for one in failed]
    db.session.rollback()
    after = rows()
    trial.differing = differing(before, after, gone)
    trial.renewed = {key[1] for key in before.keys() & after.keys() if before[key]["version"] != after[key]["version"]}
    trial.after_restoring = _still(trial)


def differing(before: Rows, after: Rows, moved: Iterable[tuple[str, str]]) -> list[str]:
    """`resource/id: columns` of records that are not as before.

    A record that lost a reference when its target went, and has it back, has a new version: one that was not `moved`
    itself, or one whose target, of its own kind, went before it.
    """
    went = set(moved)
    told = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        columns = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        kin = {(key[0], value) for name, value in old.items() if name != "id" and isinstance(value, str)}
        columns -= MOVED if key not in went or kin & went else set()
        if columns:
            told.append(f"{'/'.join(key)}: {', '.join(sorted(columns))}")
    return told


def _touch(trial: Trial) -> None:
    """The records found are changed now, so they are within grace."""
    columns = table(trial.model).c
    with unit_of_work(AUTHOR) as session:
        for portion in portions(sorted(trial.found)):
            session.execute(update(table(trial.model)).where(columns.id.in_(portion)).values(updated_at=utcnow()))
    trial.when_touched = _still(trial)
