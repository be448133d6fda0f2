"""Running one rule: its SELECT in one snapshot, over everything or what changed, with what is needed to judge."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.exc import CompileError, DBAPIError

from ..changes import tally
from ..config import settings
from ..models import Check
from ..models.wire import dump, public
from ..records.bulk import encoded
from ..records.schema import plain
from ..records.tables import portions, table
from . import catalogue
from .findings import known
from .incremental import MOST, News, Partly, concerned, fingerprint, last_seal
from .isolation import RuleBroken
from .looks import last_look
from .predicate import Predicate, Scan
from .reach import Link, reach
from .reading import database_now, snapshot
from .registry import Registered

PAGE = 5_000  # keys drawn at a time
WASTED = 20_000  # keys drawn for nothing, after which a scan is not the right one
EXPLAINED = 1_000  # new findings a run explains of one check; the rest follow in the next runs


@dataclass
class Detection:
    """What one look of a rule saw: versions by record id, explanations of the new ones, and how many records there are.

    `before`: what was touched later than this is within grace. `last`: the look before this one, or None. `standing`:
    the findings that stood before, by record; after a look at changes, of what was looked at. `looked`: the records
    that were looked at, None for all. `seal`, `fingerprint`: from where the next look may go on.
    `total`: 0 after a look at changes. `disagreeing`: records whose verdict is another than the looks at changes had
    kept, without any change to tell why. `trouble`: what went wrong beside the look itself, which is complete
    nonetheless.
    """

    at: datetime
    before: datetime
    predicate: Predicate
    last: Any
    seal: int
    fingerprint: str | None
    seen: dict[str, int]
    standing: dict[str, Any]
    looked: set[str] | None = None
    total: int = 0
    disagreeing: list[str] = field(default_factory=list)
    explanations: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None


def detect(check: Check, registered: Registered | None, partly: Partly | None = None) -> Detection:
    """Run the rule; where `partly` allows it and the rule can, only over what may have changed.

    RuleBroken, saying how, when it is not there, raises, hangs, writes, or gives what it must not.
    """
    if registered is None:
        raise RuleBroken(check.health_detail or catalogue.GONE)
    seconds, started = settings().rule_timeout, time.monotonic()
    with ExitStack() as stack:
        connection = stack.enter_context(snapshot(seconds))
        now, dialect = database_now(connection), connection.dialect.name
        if registered.rule is None:  # a stranger's process is asked, and no snapshot is held meanwhile
            stack.close()
        predicate = registered.predicate(now, dialect, check.settings, seconds)
        before = _grace_begins(check, now)
        try:
            if registered.rule is None:
                connection = stack.enter_context(snapshot(seconds))
            found = _look(connection, check, predicate, now, before, partly)
            rows = list(_unexplained(connection, found))
        except (DBAPIError, CompileError) as error:
            raise RuleBroken(_told(error, time.monotonic() - started)) from error
    _explain(found, registered, rows)
    return found


def _grace_begins(check: Check, now: datetime) -> datetime:
    try:
        return now - catalogue.grace(check)
    except OverflowError as error:
        raise RuleBroken("its grace period reaches back to before the year 1; choose a shorter one") from error


def _look(
    connection: Connection, check: Check, predicate: Predicate, now: datetime, before: datetime, partly: Partly | None
) -> Detection:
    links = reach(predicate)
    mark = None if links is None else fingerprint(connection, predicate)
    last = partly.looks.get(check.id) if partly else None
    if partly and links and last and last.fingerprint == mark:
        found = Detection(now, before, predicate, last, partly.news.seal, mark, {}, {})
        if _look_at_changes(connection, found, links, partly.news):
            return found
    last = last_look(connection, check.id)
    found = Detection(now, before, predicate, last, last_seal(connection), mark, {}, known(connection, check.id))
    found.seen = dict(_scan(connection, predicate, before, time.monotonic() + settings().rule_timeout))
    found.total = tally.counts(connection, [predicate.model.__resource__])[predicate.model.__resource__]
    if last and links and last.fingerprint == mark:
        found.disagreeing = _disagreeing(connection, found, links)
    return found


def _look_at_changes(connection: Connection, found: Detection, links: Sequence[Link], news: News) -> bool:
    """Look at what may have changed, as far as that is told and is not too much."""
    told = concerned(connection, found.predicate, links, news, found.last, found.before)
    if told is None:
        return False
    sure, touched = told
    standing = known(connection, found.last.check_id, sure | touched) if sure or touched else {}
    looked = sure | (touched & standing.keys())
    if len(looked) > MOST:
        return False
    found.looked, found.standing = looked, {key: row for key, row in standing.items() if key in looked}
    found.seen = still(connection, found.predicate, found.before, sorted(looked))
    return True


def _disagreeing(connection: Connection, found: Detection, links: Sequence[Link]) -> list[str]:
    """What a look at changes would have missed."""
    moved = found.seen.keys() ^ found.standing.keys()
    if not moved:
        return []
    news = News.since(connection, found.last.seal)
    told = concerned(connection, found.predicate, links, news, found.last, found.before)
    return [] if told is None else sorted(moved - told[0] - (told[1] & found.standing.keys()))


def _scan(connection: Connection, predicate: Predicate, before: datetime, deadline: float) -> Iterator[tuple[str, int]]:
    *promising, whole = predicate.scans() if connection.dialect.name == "postgresql" else predicate.scans()[-1:]
    for scan in promising:
        found = _drawn(connection, scan, before, deadline, WASTED)
        if found is not None:
            return iter(found)
    return iter(_drawn(connection, whole, before, deadline, None) or ())


def _drawn(
    connection: Connection, scan: Scan, before: datetime, deadline: float, wasted: int | None
) -> list[tuple[str, int]] | None:
    """What a scan finds; None when it draws more than `wasted` keys for nothing."""
    found: list[tuple[str, int]] = []
    limit, drawn = settings().rule_keys, 0
    with connection.execute(scan.keys, execution_options={"stream_results": True, "yield_per": PAGE}) as keys:
        for page in keys.scalars().partitions():
            drawn += len(page)
            found += [(row[0], row[1]) for row in connection.execute(scan.kept(before, page)).all()]
            if len(found) > limit:
                raise RuleBroken(f"it gives more than {limit} keys; make it stricter, or raise DIGISENCE_RULE_KEYS")
            if wasted is not None and drawn - len(found) > wasted:
                return None
            if time.monotonic() > deadline:
                raise RuleBroken(f"it took longer than {settings().rule_timeout} s and was stopped")
    return found


def _unexplained(connection: Connection, found: Detection) -> Iterator[Any]:
    """The rows behind new findings, and behind those whose record has changed since."""
    wanted = [
        record_id for record_id, version in found.seen.items()
        if (known := found.standing.get(record_id)) is None or not known.told or known.record_version != version
    ][:EXPLAINED]  # fmt: skip
    columns = [declared.column for declared in public(found.predicate.model)]
    for portion in portions(wanted):
        query = select(*columns).where(table(found.predicate.model).c.id.in_(portion))
        yield from connection.execute(query)


def _explain(found: Detection, registered: Registered, rows: Sequence[Any]) -> None:
    try:
        told = [(row, dump(found.predicate.model, row)) for row in rows]
        texts = registered.explain(told, settings().rule_timeout) if told else []
        for text in texts:
            plain(text)
        found.explanations = {row.id: text for row, text in zip(rows, texts, strict=True)}
    except ValidationError as error:
        found.trouble = f"its explanation cannot be kept: {'; '.join(map(str, error.messages))}"
    except (RuleBroken, ValueError) as error:
        found.trouble = str(error)


def still(session: Any, predicate: Predicate, before: datetime, ids: Sequence[str]) -> dict[str, int]:
    """Which of `ids` break the rule now, with their versions: a new statement, under the caller's locks."""
    found: dict[str, int] = {}
    for portion in portions(list(ids)):
        given = {"digisence_before": before, "digisence_ids": encoded(list(portion))}
        found.update(session.execute(predicate.asking, given).all())
    return found


def _told(error: DBAPIError | CompileError, seconds: float) -> str:
    said = str(getattr(error, "orig", error)).strip().splitlines()[0]
    if "interrupted" in said or "statement timeout" in said:
        return f"its SELECT took longer than {settings().rule_timeout} s and was stopped"
    if "readonly" in said or "read-only" in said:
        return f"it tries to write, on a session that only reads: {said}"
    return f"the database refuses its SELECT after {seconds:.1f} s: {said}"
