"""Putting batches of candidates into the tables: one transaction each, one Change a record, nothing lost."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..extensions.db import db
from ..models import RECORDS, Change, Record
from ..models.change import OF_RECORD
from ..models.wire import camel, fields
from .keeping import keep
from .report import Report
from .shape import Candidate, by_attribute

IMPORTER = Context("system:import")
Nowhere = dict[str, set[str]]  # ids that lead nowhere, by `…_ref` column


@dataclass
class Outcome:
    """What became of a batch."""

    placed: list[Candidate] = field(default_factory=list)
    present: list[Candidate] = field(default_factory=list)
    removed: list[Candidate] = field(default_factory=list)
    aside: list[Candidate] = field(default_factory=list)
    nowhere: Nowhere = field(default_factory=dict)


class Placer:
    """Places candidates. In a dry run it remembers what it would have placed, so as to find what a real one would."""

    def __init__(self, report: Report, context: Context = IMPORTER) -> None:
        self.report, self._context = report, context
        self.coming: dict[type[Record], set[str]] = {}  # ids that this import places later
        self._placed: dict[type[Record], set[str]] = defaultdict(set)
        self._taken: dict[tuple[type[Record], str], dict[str, str]] = defaultdict(dict)

    def place(self, model: type[Record], batch: Sequence[Candidate], together: bool = False) -> None:
        """Insert what is not there yet. `together`: rows may refer to one another, so one statement takes them all.

        A batch that the database refuses is halved until the one bad document is found; that one is set aside.
        """
        if self._all_there(model, batch):
            self._account_kept(Outcome(present=list(batch)))
            return
        try:
            outcome = self._transact(lambda session: self._write(session, model, batch, together))
        except (IntegrityError, DataError) as error:
            if len(batch) == 1:
                said = str(error.orig).partition("\n")[0]
                self.keep([batch[0].refused(f"the database refused it: {said}")])
                return
            middle = len(batch) // 2
            self.place(model, batch[:middle], together)
            self.place(model, batch[middle:], together)
            return
        self._account_placed(model, outcome)
        self._account_kept(outcome)

    def _all_there(self, model: type[Record], batch: Sequence[Candidate]) -> bool:
        """Whether nothing needs to be written, found out without taking a lock."""
        ids = {candidate.id for candidate in batch if candidate.row is not None}
        return len(ids) == len(batch) and self._existing(db.session, model, ids) == ids

    def keep(self, batch: Sequence[Candidate]) -> None:
        """Set documents aside that no resource takes."""
        self._account_kept(self._transact(lambda session: self._set_aside(session, batch, Outcome())))

    def _transact(self, work: Callable[[Unit], Outcome]) -> Outcome:
        if self.report.dry_run:
            return work(db.session)
        with unit_of_work(self._context) as session:
            return work(session)

    def _write(self, session: Unit, model: type[Record], batch: Sequence[Candidate], together: bool) -> Outcome:
        outcome = Outcome()
        unplaced = [candidate for candidate in batch if candidate.row is None]
        fresh = self._sort_out(session, model, [candidate for candidate in batch if candidate.row is not None], outcome)
        fresh, outcome.nowhere = self._settle_references(session, model, fresh, together)
        for candidate in self._settle_unique(session, model, fresh):
            (unplaced if candidate.row is None else outcome.placed).append(candidate)
        rows = [candidate.row for candidate in outcome.placed if candidate.row is not None]
        if rows and not self.report.dry_run:
            connection, statement = session.connection(), insert(table_of(model))
            if together:
                connection.execute(statement.values(rows))
            else:
                connection.execute(statement, rows)
        keep(session, [candidate for candidate in outcome.placed if candidate.reasons], self.report.dry_run)
        return self._set_aside(session, unplaced, outcome)

    def _set_aside(self, session: Unit, candidates: Sequence[Candidate], outcome: Outcome) -> Outcome:
        outcome.aside, known = keep(session, candidates, self.report.dry_run)
        outcome.present += known
        return outcome

    def _sort_out(
        self, session: Unit, model: type[Record], candidates: Sequence[Candidate], outcome: Outcome
    ) -> list[Candidate]:
        """Those that were never placed. A record with a history that is gone was removed on purpose: it stays away."""
        table = table_of(model)
        ids = [candidate.id for candidate in candidates]
        there = set(session.scalars(select(table.c.id).where(table.c.id.in_(ids))))
        known = select(Change.record_id).where(Change.resource == model.__resource__, OF_RECORD)
        gone = set(session.scalars(known.where(Change.record_id.in_(set(ids) - there))))
        outcome.present = [candidate for candidate in candidates if candidate.id in there]
        outcome.removed = [candidate for candidate in candidates if candidate.id in gone]
        return [candidate for candidate in candidates if candidate.id not in there | gone]

    def _settle_references(
        self, session: Unit, model: type[Record], candidates: Sequence[Candidate], together: bool
    ) -> tuple[list[Candidate], Nowhere]:
        """Set each reference whose target is there, empty the others (their `…_ref` keeps what the dump says)."""
        own = {candidate.id for candidate in candidates} if together else set()
        nowhere: Nowhere = {}
        for column in fields(model):
            if not column.wire.follows:
                continue
            name, remembered = column.wire.follows, column.attribute
            target = RECORDS[by_attribute(model)[name].wire.reference]
            wanted = {value for candidate in candidates if (value := candidate.value(remembered)) is not None}
            found = self._existing(session, target, wanted) | (wanted & own if target is model else set())
            candidates = [
                candidate.with_value(name, value if (value := candidate.value(remembered)) in found else None)
                for candidate in candidates
            ]
            nowhere[remembered] = wanted - found - self.coming.get(target, set())
        return list(candidates), nowhere

    def _existing(self, session: Unit, model: type[Record], ids: set[str]) -> set[str]:
        if not ids:
            return set()
        column = table_of(model).c.id
        return set(session.scalars(select(column).where(column.in_(ids)))) | (ids & self._placed[model])

    def _settle_unique(
        self, session: Unit, model: type[Record], candidates: Sequence[Candidate]
    ) -> Sequence[Candidate]:
        """Whoever comes later gives way: the column is emptied, or the document set aside where it cannot be empty."""
        for column in unique(table_of(model)):
            held = self._holders(session, model, column, candidates)
            candidates = [_give_way(candidate, column, held) for candidate in candidates]
        return candidates

    def _holders(
        self, session: Unit, model: type[Record], column: Column[Any], candidates: Sequence[Candidate]
    ) -> dict[str, str]:
        wanted = {value for candidate in candidates if (value := candidate.value(column.name)) is not None}
        earlier = self._taken[model, column.name]
        held = {value: earlier[value] for value in wanted if value in earlier}
        if wanted:
            rows = session.execute(select(column, table_of(model).c.id).where(column.in_(wanted)))
            held |= {row[0]: row[1] for row in rows}
        return held

    def _account_placed(self, model: type[Record], outcome: Outcome) -> None:
        for candidate in outcome.placed:
            tally = self.report.tally(candidate.collection)
            tally.placed += 1
            tally.beside += bool(candidate.reasons)
            tally.give_reasons(candidate.reasons)
            tally.dangling.update(
                camel(by_attribute(model)[remembered].wire.follows)
                for remembered, ids in outcome.nowhere.items()
                if candidate.value(remembered) in ids
            )
            if self.report.dry_run:
                self._remember(model, candidate)

    def _account_kept(self, outcome: Outcome) -> None:
        for candidate in (*outcome.present, *outcome.removed):
            self.report.tally(candidate.collection).present += 1
        for candidate in outcome.removed:
            self.report.tally(candidate.collection).removed += 1
        for candidate in outcome.aside:
            self.report.tally(candidate.collection).aside += 1
            self.report.tally(candidate.collection).give_reasons(candidate.reasons)

    def _remember(self, model: type[Record], candidate: Candidate) -> None:
        self._placed[model].add(candidate.id)
        for column in unique(table_of(model)):
            value = candidate.value(column.name)
            if value is not None:
                self._taken[model, column.name][value] = candidate.id


def _give_way(candidate: Candidate, column: Column[Any], held: dict[str, str]) -> Candidate:
    value = candidate.value(column.name)
    if value is None:
        return candidate
    holder = held.setdefault(value, candidate.id)
    if holder == candidate.id:
        return candidate
    reason = f"{column.name} is taken: {value} belongs to {holder}"
    return candidate.without(column.name, reason) if column.nullable else candidate.refused(reason)


def table_of(model: type[Record]) -> Table:
    """The table of a resource."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    return table


def unique(table: Table) -> list[Column[Any]]:
    """The columns of which no two records may share a value, by name."""
    constraints = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    columns = [column for constraint in constraints for column in constraint.columns]
    return sorted(columns, key=lambda column: column.name)
