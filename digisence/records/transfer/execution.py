"""One import from claim to close: batch after batch, each with its rows, its notes and its figures in one transaction.

So a worker that is killed leaves whole batches behind, and the next one goes on with the row after them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...changes import Context, unit_of_work
from ...changes.context import Unit
from ...extensions.db import db
from ...models import RECORDS, Import
from ...models.transfer import DONE, FAILED, RUNNING
from .. import circles, guards
from ..crossing import tried
from ..pace import Pace
from . import files, imports, uploads, writing
from .entry import Entry, columns, prepare
from .judge import Judge
from .kin import Kin, Member
from .verdict import CREATED, REFUSED, UNCHANGED, UPDATED, Verdict

FIGURES = {CREATED: "created", UPDATED: "updated", UNCHANGED: "unchanged", REFUSED: "failed"}
RIGHTS = {"role", "isActive"}
SHOW_SECONDS = 0.5
LARGE = 1000  # rows a transaction: over 500 the feed is told in one message

Watch = Callable[[dict[str, Any]], object]
Told = Callable[[Sequence[str], Context], object]


def execute(
    import_id: str,
    host: str,
    *,
    watch: Watch = lambda _import: None,
    deprived: Told = lambda _ids, _context: None,
    barred: guards.Barred = guards.nobody_barred,
) -> dict[str, Any] | None:
    """Carry out a waiting import here and now; returns its JSON, None when another process has it or nobody waits.

    `watch` is told each state. `deprived` is told users whose role or standing an import changed. `barred` is asked
    before each batch whether who asked for it still may. What is wrong with rows is written down; what breaks the
    import itself is written into it. With the database away it is raised, and the import goes on later.
    """
    one = imports.claim(import_id, host)
    if one is None:
        return None
    with imports.at_work(one, RUNNING, FAILED):
        Execution(one, watch, deprived, barred).carry_out()
    done = imports.to_json(imports.read(import_id))
    watch(done)
    return done


class Execution:
    """An import that a process has claimed."""

    def __init__(self, one: Import, watch: Watch, deprived: Told, barred: guards.Barred = guards.nobody_barred) -> None:
        self.one, self.watch, self.deprived, self.barred = one, watch, deprived, barred
        self.model = RECORDS[one.resource]
        self.judge = Judge(self.model, one.actor)
        self.context = Context(one.actor, one.request_id, f"import-{one.id}")
        self.pace = Pace(LARGE)
        self._shown = 0.0
        self.broken: files.Unreadable | None = None

    def carry_out(self) -> None:
        """Read on from where the last one ended, to the end."""
        for batch in self._batches():
            self._take(batch)
            self._show()
        if self.broken:
            imports.finish(self.one, RUNNING, FAILED, f"{self.broken}. What stands before it is in.")
        else:
            imports.finish(self.one, RUNNING, DONE)

    def _show(self) -> None:
        if time.monotonic() > self._shown + SHOW_SECONDS:
            self._shown = time.monotonic()
            self.watch(imports.to_json(imports.read(self.one.id)))

    def _groups(self) -> Iterable[Sequence[files.Row]]:
        """Rows that belong into one batch: mostly each by itself. Of records that name one another the named first."""
        names = [field.name for field in circles.own(self.model)]
        if not names:
            return ((row,) for row in self._rows())
        groups = Kin(_member(row, names) for row in self._rows()).downwards()
        return ([files.restored(kept) for kept in group] for group in groups)

    def _rows(self) -> Iterator[files.Row]:
        """The rows as far as the file can be read."""
        try:
            yield from files.rows(self.one.format, uploads.pieces(self.one.upload_id), columns(self.model))
        except files.Unreadable as error:
            self.broken = error

    def _batches(self) -> Iterator[list[Entry]]:
        batch: list[Entry] = []
        passed = 0
        for group in self._groups():
            entries = [prepare(self.model, row) for row in group]
            if passed < self.one.rows:
                passed += len(group)
                self._pass_over(entries)
                continue
            batch += entries
            if len(batch) >= self.pace.size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _pass_over(self, entries: Sequence[Entry]) -> None:
        """Remember rows that were dealt with before; those of a preview are nowhere but in the judge's memory."""
        if self.one.dry_run:
            self.judge.judge(db.session, entries, hold=False)
            db.session.rollback()
        for entry in entries:
            self.judge.pass_over(entry)

    def _take(self, batch: Sequence[Entry]) -> None:
        if self.one.dry_run:
            found = self.judge.judge(db.session, batch, hold=False)
            db.session.rollback()
            with unit_of_work(self.context, patience=None) as session:
                guards.go_on(session, self.one.actor, self.barred)
                self._account(session, found)
                writing.faults(session, self.one.id, found)
            return
        self._tell(tried(lambda: self._write(batch), import_id=self.one.id))
        self.pace.breathe()

    def _write(self, batch: Sequence[Entry]) -> list[Verdict]:
        with unit_of_work(self.context, patience=0) as session, self.pace:
            imports.advance(session, self.one, RUNNING)
            guards.go_on(session, self.one.actor, self.barred)
            found = self.judge.judge(session, batch, hold=True)
            writing.carry_out(session, self.model, found)
            writing.note(session, self.one.id, found)
            self._account(session, found)
        return found

    def _account(self, session: Unit, found: Sequence[Verdict]) -> None:
        counted = Counter(FIGURES[one.kind] for one in found)
        imports.advance(session, self.one, RUNNING, rows=len(found), **counted)

    def _tell(self, found: Sequence[Verdict]) -> None:
        if self.one.resource == "users":
            changed = [str(one.record_id) for one in found if one.kind == UPDATED and one.values.keys() & RIGHTS]
            if changed:
                self.deprived(changed, self.context)


def _member(row: files.Row, names: Sequence[str]) -> Member:
    """A row among those that it names, and that name it."""
    own, above = (
        next((value for name in group if isinstance(value := row.values.get(name), str)), None)
        for group in (("id",), names)
    )
    return Member(row.number, own, above, files.kept(row))
