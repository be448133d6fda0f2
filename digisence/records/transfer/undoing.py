"""An import taken back: what it made goes to quarantine, what it changed is put back, where nobody touched it since."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import delete, exists, func, select, update

from ...changes import Context, unit_of_work
from ...changes.context import Unit
from ...errors import Conflict, Invalid
from ...extensions.db import db
from ...models import RECORDS, Import, ImportedRow, ImportFault
from ...models.transfer import CHANGED, CREATED, DONE, GONE, UNDOING, UNDONE
from ...models.user import SUPER_ADMIN
from .. import bulk, circles, closure, crud, guards, locks, quarantine
from ..apart import apart
from ..crossing import tried
from ..pace import Pace
from ..tables import PORTION, portions, table
from . import imports, writing
from .execution import LARGE, RIGHTS, Told, Watch
from .kin import Kin, Member

Work = Callable[[Unit, Sequence[Any]], None]
LAST = 2**31 - 1  # no row has a higher number


def undo(
    import_id: str,
    host: str,
    *,
    watch: Watch = lambda _import: None,
    deprived: Told = lambda _ids, _context: None,
    barred: guards.Barred = guards.nobody_barred,
) -> dict[str, Any] | None:
    """Carry out the undoing of an import here and now, last row first; as `execute` in all else."""
    one = imports.claim(import_id, host, undo=True)
    if one is None:
        return None
    with imports.at_work(one, UNDOING, DONE, "undoing: "):
        _Undoing(one, watch, deprived, barred).carry_out()
    done = imports.to_json(imports.read(import_id))
    watch(done)
    return done


class _Undoing:
    """An undoing that a process has claimed. `kept` names what stays, with the reason."""

    def __init__(self, one: Import, watch: Watch, deprived: Told, barred: guards.Barred) -> None:
        self.one, self.watch, self.deprived, self.barred = one, watch, deprived, barred
        self.model = RECORDS[one.resource]
        self.context = Context(one.undo_actor or one.actor, one.undo_request_id, f"undo-{one.id}")
        self.pace = Pace(LARGE)
        self.kept: dict[int, tuple[str, dict[str, str]]] = {}

    def carry_out(self) -> None:
        """Take back batch after batch, each in one transaction; what an earlier undoing kept, too, if it may go now."""
        for batch in self._batches():
            tried(partial(self._take, batch), import_id=self.one.id)
            self._tell([row for row in batch if row.number not in self.kept])
            self.watch(imports.to_json(imports.read(self.one.id)))
            self.pace.breathe()
        imports.finish(self.one, UNDOING, UNDONE)

    def _batches(self) -> Iterator[Sequence[Any]]:
        """The rows that are not taken back yet, the last first. Of records that name one another those below first:
        taking one back is a change of those that name it.
        """
        if circles.own(self.model):
            yield from self._from_below()
        else:
            number, last = table(ImportedRow).c.number, LAST
            while found := self._read(number < last, limit=min(self.pace.size, PORTION)):
                yield found
                last = found[-1].number

    def _from_below(self) -> Iterator[Sequence[Any]]:
        numbers: list[int] = []
        for group in Kin(self._members()).upwards():
            numbers += map(int, group)
            if len(numbers) >= min(self.pace.size, PORTION):
                yield self._numbered(numbers)
                numbers = []
        if numbers:
            yield self._numbered(numbers)

    def _numbered(self, numbers: Sequence[int]) -> Sequence[Any]:
        number = table(ImportedRow).c.number
        return [row for some in portions(numbers) for row in self._read(number.in_(some))]

    def _read(self, *conditions: Any, limit: int | None = None) -> Sequence[Any]:
        rows = table(ImportedRow)
        query = select(rows).where(*self._left(), *conditions)
        found = db.session.execute(query.order_by(rows.c.number.desc()).limit(limit)).all()
        db.session.rollback()
        return found

    def _left(self) -> tuple[Any, Any]:
        """The rows that nobody took back yet, and those that were kept for a reason that may have passed."""
        rows, told = table(ImportedRow).c, table(ImportFault).c
        noted = exists().where(told.import_id == rows.import_id, told.undo, told.number == rows.number)
        return rows.import_id == self.one.id, rows.settled.is_(False) | noted.where(told.code != CHANGED)

    def _members(self) -> Iterator[Member]:
        """Each record that is to be taken back, and which it stands under now."""
        rows, source = table(ImportedRow).c, table(self.model)
        above = func.coalesce(*(field.column for field in circles.own(self.model)), None)
        query = select(rows.number, rows.record_id, above).outerjoin(source, source.c.id == rows.record_id)
        query = query.where(*self._left()).order_by(rows.number)
        last = -1
        while found := db.session.execute(query.where(rows.number > last).limit(PORTION)).all():
            db.session.rollback()
            yield from (Member(number, record_id, named, str(number)) for number, record_id, named in found)
            last = found[-1].number

    def _take(self, batch: Sequence[Any]) -> None:
        self.kept = {}
        with unit_of_work(self.context, patience=0) as session, self.pace:
            imports.advance(session, self.one, UNDOING)
            guards.go_on(session, self.context.actor, self.barred)
            circles.hold(session, self.model, {field.attribute: True for field in circles.own(self.model)})
            superadmins = guards.hold(session, self.model)
            free = self._harmless(self._untouched(session, batch), superadmins)
            self._attempt(session, self._set_aside, [row for row in free if row.action == CREATED])
            self._attempt(session, self._put_back, [row for row in free if row.action != CREATED])
            self._settle(session, batch)

    def _untouched(self, session: Unit, batch: Sequence[Any]) -> list[Any]:
        ids = [row.record_id for row in batch]
        locks.lock(session, self.model, ids)
        source = table(self.model)
        chosen = select(source.c.id, source.c.version).where(bulk.among(source.c.id, ids))
        versions = {record_id: version for record_id, version in session.execute(chosen)}  # noqa: C416 rows are no pairs
        moved = {row.record_id: row.version for row in batch if row.action != CREATED and row.record_id in versions}
        noted = crud.only_noted(session, self.model, moved)  # holds up who would delete
        owners = self._owners(session, [row.record_id for row in batch if row.action == CREATED])
        free = []
        for row in batch:
            if row.record_id not in versions:
                self._keep(row, GONE, {"row": "the record is not there any more"})
            elif versions[row.record_id] != row.version and row.record_id not in noted:
                told = f"was changed since: the record is at version {versions[row.record_id]}"
                self._keep(row, CHANGED, {"row": told})
            elif row.record_id in owners and row.action == CREATED:
                told = f"{owners[row.record_id]} belongs to it by now; delete that first, and undo the rest"
                self._keep(row, "in-use", {"row": told})
            else:
                free.append(row)
        return free

    def _harmless(self, rows: Sequence[Any], superadmins: set[str]) -> list[Any]:
        """Those that take the panel neither from who asks nor from everybody; what is to go is guarded as it goes."""
        free = []
        for row in rows:
            if row.action != CREATED and row.record_id in superadmins and _ends_rights(row.before or {}):
                try:
                    guards.check(self.model, [row.record_id], self.context.actor, superadmins, "disable or demote")
                except Conflict as conflict:
                    self._keep(row, conflict.code, {"row": conflict.detail})
                    continue
                superadmins.discard(row.record_id)
            free.append(row)
        return free

    def _owners(self, session: Unit, ids: Sequence[str]) -> dict[str, str]:
        """Those of `ids` to which other records belong, each with one of these: they would go along, and are none of
        this import's.
        """
        taken = closure.gather(session, self.model, ids) if ids else ()
        return {one.root: f"{one.model.__resource__}/{one.id}" for one in reversed(taken) if one.id != one.root}

    def _attempt(self, session: Unit, work: Work, rows: Sequence[Any]) -> None:
        """Do `work`; the rows in whose way something is are kept."""
        for row, problem in apart(session, self.model, rows, lambda some: work(session, some)):
            self._keep(row, problem.code, problem.fields or {"row": problem.detail})

    def _set_aside(self, session: Unit, rows: Sequence[Any]) -> None:
        quarantine.place(
            session, self.model, [row.record_id for row in rows], kind=quarantine.MANUAL,
            reason=f"Import {self.one.id} undone", actor=self.context.actor, run_id=self.one.id,
        )  # fmt: skip

    def _put_back(self, session: Unit, rows: Sequence[Any]) -> None:
        self._check_moves(session, rows)
        writing.update(session, self.model, {row.record_id: row.before or {} for row in rows})

    def _check_moves(self, session: Unit, rows: Sequence[Any]) -> None:
        """Refuse to put anything back under what stands under it by now."""
        fields = [field for field in circles.own(self.model) if any(field.name in (row.before or {}) for row in rows)]
        tree = circles.Tree(session, self.model)
        before = {row.record_id: row.before or {} for row in rows} if fields else {}
        moved = {
            record_id: {field.attribute: values[field.name] for field in fields if field.name in values}
            for record_id, values in before.items()
        }
        for record_id, values in moved.items():
            tree.take(record_id, values)
        for record_id, values in moved.items():
            if wrong := tree.wrong(record_id, values):
                raise Invalid(wrong)

    def _keep(self, row: Any, code: str, faults: dict[str, str]) -> None:
        self.kept[row.number] = (code, faults)

    def _settle(self, session: Unit, batch: Sequence[Any]) -> None:
        rows, told, before = table(ImportedRow), table(ImportFault), list[str]()
        for some in portions([row.number for row in batch]):
            these = (rows.c.import_id == self.one.id, rows.c.number.in_(some))
            session.execute(update(rows).where(*these).values(settled=True))
            noted = (told.c.import_id == self.one.id, told.c.undo, told.c.number.in_(some))
            before += session.execute(delete(told).where(*noted).returning(told.c.code)).scalars()
        held = [row for row in batch if row.number in self.kept]
        bulk.insert(session, told, [self._fault(row) for row in held])
        final = _final(code for code, _faults in self.kept.values()) - _final(before)
        figures = {"undone": len(batch) - len(held), "kept": len(held) - len(before), "kept_for_good": final}
        imports.advance(session, self.one, UNDOING, **figures)

    def _fault(self, row: Any) -> dict[str, Any]:
        code, faults = self.kept[row.number]
        return {
            "import_id": self.one.id, "undo": True, "number": row.number, "line": row.line,
            "record_id": row.record_id, "code": code,
            "errors": [{"field": name, "message": told} for name, told in faults.items()],
        }  # fmt: skip

    def _tell(self, rows: Sequence[Any]) -> None:
        if self.one.resource == "users":
            changed = [row.record_id for row in rows if row.action == CREATED or (row.before or {}).keys() & RIGHTS]
            self.deprived(changed, self.context)


def _final(codes: Iterable[str]) -> int:
    return sum(code in (CHANGED, GONE) for code in codes)


def _ends_rights(before: dict[str, Any]) -> bool:
    """Whether what an active superadmin is to get back is not the panel."""
    return before.get("role", SUPER_ADMIN) != SUPER_ADMIN or not before.get("isActive", True)
