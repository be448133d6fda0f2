"""Whether the chain of seals still tells the truth: read once through, a page in memory, to the first broken link.

In three parts, each a step at a time: every seal with its change (`seals-SEQ-DIGEST`: go on behind this one), what was
written down outside (`outside`), the changes that no seal is of (`changes-ID`).
"""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Row, exists, func, select

from ..models import Change, Outbox, Seal
from . import witness
from .seals import GENESIS, digest

PAGE = 1_000
SPAN = 50_000  # ids of changes that are looked through at once for one without a seal
BEGIN, OUTSIDE = f"seals-0-{GENESIS}", "outside"
PLACE = re.compile("seals-(0|[1-9][0-9]{0,17})-([0-9a-f]{64})|outside|changes-(0|[1-9][0-9]{0,17})")
ALTERED, REMOVED, INSERTED, REORDERED = "altered", "removed", "inserted", "reordered"
TRUNCATED, REWRITTEN = "truncated", "rewritten"
KINDS = (ALTERED, REMOVED, INSERTED, REORDERED, TRUNCATED, REWRITTEN)


@dataclass(frozen=True)
class Break:
    """The first link that does not hold: which seal, of which change, what was done to it."""

    kind: str
    seq: int | None
    change_id: int | None
    detail: str


@dataclass
class Verdict:
    """What was compared: seals (of them compacted changes), seals written down outside; what waits for its seal.

    `verified_to` is the last seal that holds, `newest` the newest there is. `next` is where to go on; None at the end.
    """

    sealed: int = 0
    compacted: int = 0
    unsealed: int = 0
    witnessed: int = 0
    verified_to: int | None = None
    newest: int | None = None
    digest: str | None = None
    broken: Break | None = None
    next: str | None = None


def verify(engine: Engine, advance: Callable[[int], object] = lambda _by: None) -> Verdict:
    """Read every seal with its change, then compare with what was written down outside, then look for changes outside
    the chain. Stops at the first fault. What is sealed while it reads is left out.
    """
    verdict = Verdict(next=BEGIN)
    while verdict.next and not verdict.broken:
        _on(engine, verdict, math.inf, advance)
    return verdict


def step(engine: Engine, place: str, seconds: float) -> Verdict:
    """As much of it as can be done in about `seconds`, from `place` (BEGIN, or the `next` of the step before) on.

    Something is always done; the counts are this step's.
    """
    verdict, until = Verdict(next=place), time.monotonic() + seconds
    while verdict.next and not verdict.broken:
        _on(engine, verdict, until, lambda _by: None)
        if time.monotonic() > until:
            break
    return verdict


def _on(engine: Engine, verdict: Verdict, until: float, advance: Callable[[int], object]) -> None:
    """One of the three parts, or as much of it as there is time for."""
    found = PLACE.fullmatch(str(verdict.next))
    assert found  # noqa: S101
    seq, sealed, change = found.groups()
    if seq:
        verdict.broken = _chain(engine, verdict, int(seq), sealed, until, advance)
    elif change:
        verdict.broken = _strays(engine, verdict, int(change), until)
    else:
        verdict.broken = _witnesses(engine, verdict)
    with engine.connect() as connection:
        verdict.unsealed = connection.scalar(select(func.count()).select_from(Outbox)) or 0


def _chain(
    engine: Engine, verdict: Verdict, after: int, last: str, until: float, advance: Callable[[int], object]
) -> Break | None:
    with engine.connect() as connection:
        verdict.newest = connection.scalar(select(func.max(Seal.seq)))
        stands = connection.scalar(select(Seal.digest).where(Seal.seq == after)) if after else GENESIS
    if stands != last:
        kind, what = (REMOVED, "is gone") if stands is None else (REWRITTEN, "is another")
        return Break(kind, after, None, f"Seal {after}, up to which all held in the step before, {what} now.")
    verdict.verified_to, verdict.digest = after or None, last if after else None
    while rows := _page(engine, after, verdict.newest or 0):
        if isinstance(rows, Break):
            return rows
        for row in rows:
            broken = _judged(engine, row, last)
            if broken:
                return broken
            after, last = row.seq, row.sealed
            verdict.verified_to, verdict.digest = after, last
            verdict.sealed += 1
            verdict.compacted += bool(row.before_digest or row.after_digest)
        advance(len(rows))
        verdict.next = f"seals-{after}-{last}"
        if time.monotonic() > until:
            return None
    verdict.next = OUTSIDE
    return None


def _page(engine: Engine, after: int, until: int, size: int | None = None) -> Sequence[Row[Any]] | Break:
    query = (
        select(Seal.seq, Seal.change_id, Seal.previous, Seal.digest.label("sealed"), Seal.form, Change.__table__)
        .join(Change, Change.id == Seal.change_id, isouter=True)
        .where(Seal.seq > after, Seal.seq <= until)
        .order_by(Seal.seq)
        .limit(size or PAGE)
    )
    try:
        with engine.connect() as connection:
            return connection.execute(query).all()
    except ValueError as error:  # a value that is no JSON or no time: find the one
        if size is None:
            return _page(engine, after, until, 1)
        with engine.connect() as connection:
            first = select(Seal.seq, Seal.change_id).where(Seal.seq > after).order_by(Seal.seq).limit(1)
            seal = connection.execute(first).one()
        return Break(ALTERED, seal.seq, seal.change_id, f"Change {seal.change_id} cannot be read: {error}.")


def _judged(engine: Engine, row: Row[Any], last: str) -> Break | None:
    if row.previous != last:
        return _unlinked(engine, row, last)
    if row.id is None:
        return Break(REMOVED, row.seq, row.change_id, f"Change {row.change_id} is gone, and its seal {row.seq} stands.")
    if _digest(row) != row.sealed:
        told = f"Change {row.change_id} is not what seal {row.seq} was made of."
        return Break(ALTERED, row.seq, row.change_id, told)
    return None


def _digest(row: Row[Any]) -> str:
    try:
        return digest(row.previous, row, row.form)
    except TypeError:  # no value that was ever sealed
        return ""


def _unlinked(engine: Engine, row: Row[Any], last: str) -> Break:
    """Why a seal does not follow the one before it: its own forerunner, and that one's heir, may stand elsewhere."""
    with engine.connect() as connection:
        heir = connection.scalar(select(Seal.seq).where(Seal.previous == last, Seal.seq != row.seq).limit(1))
        forerunner = connection.scalar(select(Seal.seq).where(Seal.digest == row.previous).limit(1))
    if heir is not None and (forerunner is not None or row.previous == GENESIS):
        told = f"Seal {row.seq} stands in the place of seal {heir}."
        return Break(REORDERED, row.seq, row.change_id, told)
    if heir is not None:
        return Break(INSERTED, row.seq, row.change_id, f"Seal {row.seq} was put before seal {heir}; none leads to it.")
    told = f"What stood before seal {row.seq} (change {row.change_id}) is gone or was altered."
    return Break(REMOVED, row.seq, row.change_id, told)


def _witnesses(engine: Engine, verdict: Verdict) -> Break | None:
    with engine.connect() as connection:
        verdict.newest = connection.scalar(select(func.max(Seal.seq)))
    try:
        written_down = witness.lines(engine)
        while portion := list(islice(written_down, 500)):
            with engine.connect() as connection:
                wanted = select(Seal.seq, Seal.digest, Seal.change_id).where(Seal.seq.in_([seq for seq, _ in portion]))
                found = {row.seq: row for row in connection.execute(wanted)}
            for seq, written in portion:
                if seq not in found:
                    told = f"Seal {seq} is in {witness.path()} and not here; the newest here is {verdict.newest}."
                    return Break(TRUNCATED, seq, None, told)
                if found[seq].digest != written:
                    told = f"Seal {seq} is not the one written down in {witness.path()}: the chain was made anew."
                    return Break(REWRITTEN, seq, found[seq].change_id, told)
            verdict.witnessed += len(portion)
    except ValueError as error:
        return Break(REWRITTEN, None, None, f"What was written down outside the database was altered: {error}.")
    verdict.next = "changes-0"
    return None


def _strays(engine: Engine, verdict: Verdict, after: int, until: float) -> Break | None:
    sealed = exists().where(Seal.change_id == Change.id)
    waits = exists().where(Outbox.change_id == Change.id)
    with engine.connect() as connection:
        last = connection.scalar(select(func.max(Change.id))) or 0
    while after < last:
        some = Change.id.between(after + 1, after + SPAN)
        with engine.connect() as connection:
            stray = connection.scalar(select(Change.id).where(some, ~sealed, ~waits).order_by(Change.id).limit(1))
        if stray is not None:
            told = f"Change {stray} is neither sealed nor waits for it: it was put in, or its seal was taken away."
            return Break(INSERTED, None, stray, told)
        after += SPAN
        verdict.next = f"changes-{after}"
        if time.monotonic() > until and after < last:
            return None
    verdict.next = None
    return None
