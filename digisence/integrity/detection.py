"""Running one rule: its SELECT, page by page, in one read-only snapshot, with what is needed to judge what it finds."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import CompileError, DBAPIError

from ..config import settings
from ..models import Check, Finding
from ..models.wire import dump, public
from ..records.tables import portions, table
from . import catalogue
from .isolation import RuleBroken
from .predicate import Predicate
from .reading import database_now, snapshot
from .registry import Registered

PAGE = 5_000
EXPLAINED = 1_000  # new findings a run explains of one check; the rest follow in the next runs


@dataclass
class Detection:
    """What one scan of a rule saw: versions by record id, explanations of the new ones, and how many records there are.

    `before`: what was touched later than this is within grace. `known`: the findings that stood before the scan.
    `trouble`: what went wrong beside the scan itself, which is complete nonetheless.
    """

    at: datetime
    before: datetime
    predicate: Predicate
    total: int
    seen: dict[str, int]
    known: dict[str, Any]
    explanations: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None


def detect(check: Check, registered: Registered | None) -> Detection:
    """Run the rule. RuleBroken, saying how, when it is not there, raises, hangs, writes, or gives what it must not."""
    if registered is None:
        raise RuleBroken(check.health_detail or catalogue.GONE)
    seconds = settings().rule_timeout
    started = time.monotonic()
    with snapshot(seconds) as connection:
        now, dialect = database_now(connection), connection.dialect.name
    predicate = registered.predicate(now, dialect, check.settings, seconds)
    before = now - catalogue.grace(check)
    try:
        with snapshot(seconds) as connection:
            seen = dict(_scan(connection, predicate, before, time.monotonic() + seconds))
            total = connection.scalar(select(func.count()).select_from(table(predicate.model))) or 0
            found = Detection(now, before, predicate, total, seen, _known(connection, check.id))
            rows = list(_unexplained(connection, found))
    except (DBAPIError, CompileError) as error:
        raise RuleBroken(_told(error, time.monotonic() - started)) from error
    _explain(found, registered, rows)
    return found


def _scan(connection: Connection, predicate: Predicate, before: datetime, deadline: float) -> Iterator[tuple[str, int]]:
    limit = settings().rule_keys
    after, count = None, 0
    while True:
        page = connection.execute(predicate.within(before, after=after).limit(PAGE)).all()
        yield from ((row[0], row[1]) for row in page)
        count += len(page)
        if count > limit:
            raise RuleBroken(f"it gives more than {limit} keys; make it stricter, or raise DIGISENCE_RULE_KEYS")
        if len(page) < PAGE:
            return
        if time.monotonic() > deadline:
            raise RuleBroken(f"it took longer than {settings().rule_timeout} s and was stopped")
        after = page[-1][0]


def _known(connection: Connection, check_id: str) -> dict[str, Any]:
    columns = table(Finding).c
    rows = connection.execute(select(*columns).where(columns.check_id == check_id))
    return {row.record_id: row for row in rows}


def _unexplained(connection: Connection, found: Detection) -> Iterator[Any]:
    """The rows behind new findings, and behind those whose record has changed since."""
    wanted = [
        record_id for record_id, version in found.seen.items()
        if (known := found.known.get(record_id)) is None or known.explanation is None or known.record_version != version
    ][:EXPLAINED]  # fmt: skip
    columns = [declared.column for declared in public(found.predicate.model)]
    for portion in portions(wanted):
        query = select(*columns).where(table(found.predicate.model).c.id.in_(portion))
        yield from connection.execute(query)


def _explain(found: Detection, registered: Registered, rows: Sequence[Any]) -> None:
    try:
        told = [(row, dump(found.predicate.model, row)) for row in rows]
        texts = registered.explain(told, settings().rule_timeout) if told else []
        found.explanations = {row.id: text for row, text in zip(rows, texts, strict=True)}
    except (RuleBroken, ValueError) as error:
        found.trouble = str(error)


def still(session: Any, predicate: Predicate, before: datetime, ids: Sequence[str]) -> dict[str, int]:
    """Which of `ids` break the rule now, with their versions: a new statement, under the caller's locks."""
    found: dict[str, int] = {}
    for portion in portions(list(ids)):
        found.update({row[0]: row[1] for row in session.execute(predicate.within(before, ids=portion))})
    return found


def _told(error: DBAPIError | CompileError, seconds: float) -> str:
    said = str(getattr(error, "orig", error)).strip().splitlines()[0]
    if "interrupted" in said or "statement timeout" in said:
        return f"its SELECT took longer than {settings().rule_timeout} s and was stopped"
    if "readonly" in said or "read-only" in said:
        return f"it tries to write, on a session that only reads: {said}"
    return f"the database refuses its SELECT after {seconds:.1f} s: {said}"
