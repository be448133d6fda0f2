"""Nothing is destroyed: a record that goes is kept whole, with all that went along, until somebody restores it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from ..changes import Context, target, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..errors import Conflict, NotFound, Problem
from ..extensions.db import db
from ..models import RECORDS, QuarantineEntry, Record, new_id
from ..models.change import QUARANTINED
from ..models.quarantine_entry import BY_CHECK, MANUAL
from . import closure, guards, vault
from .closure import Emptied, Taken
from .restoration import bring_back
from .tables import portions, table

GROUP = 100  # entries restored in one transaction
__all__ = ["BY_CHECK", "MANUAL", "digest", "place", "read", "restore", "restore_run"]


def place(
    session: Unit,
    model: type[Record],
    ids: Sequence[str],
    *,
    kind: str,
    reason: str,
    actor: str,
    check_id: str | None = None,
    run_id: str | None = None,
) -> list[QuarantineEntry]:
    """Take the records of `ids` out of the live tables, each with what belongs to it, inside the caller's unit of work.

    The caller holds the locks (`records.locks.lock`). One entry a record; each row that goes has its Change
    `quarantined`, each row that loses a plain reference its Change `updated`. Ids that do not exist get no entry.
    Conflict `self`, `last-superadmin` as for a deletion by hand.
    """
    guards.check(model, ids, actor, guards.hold(session, model), "delete")
    about = {"kind": kind, "reason": reason, "placed_by": actor, "check_id": check_id, "run_id": run_id}
    return [entry for group in closure.rounds(session, model, ids) for entry in _place(session, model, group, about)]


def _place(session: Unit, model: type[Record], ids: Sequence[str], about: dict[str, Any]) -> list[QuarantineEntry]:
    taken = closure.gather(session, model, ids)
    lost = closure.emptied(session, taken)
    members: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        members[one.root].append(one)
    entries = [_entry(model, group, lost.get(root, []), about) for root, group in members.items()]
    _remove(session, taken)
    session.add_all(entries)
    session.flush()
    return entries


def _entry(model: type[Record], group: Sequence[Taken], lost: list[Emptied], about: dict[str, Any]) -> QuarantineEntry:
    root, *children = [one.snapshot() for one in group]
    secrets = {f"{one.model.__resource__}/{one.id}": held for one in group if (held := one.secrets())}
    entry = QuarantineEntry(
        id=new_id(),
        resource=model.__resource__,
        record_id=root["recordId"],
        snapshot=root["snapshot"],
        children=children,
        emptied=lost,
        sealed=vault.seal(secrets),
        placed_at=utcnow(),
        **about,
    )
    entry.digest = digest(entry)
    return entry


def _remove(session: Unit, taken: Sequence[Taken]) -> None:
    """Delete the rows, what is owned before its owner, so that no reference among them is emptied first."""
    grouped: dict[type[Record], list[str]] = defaultdict(list)
    for one in taken:
        grouped[one.model].append(one.id)
    for model, ids in reversed(grouped.items()):
        target(session, model.__resource__, ids, QUARANTINED)
        for portion in portions(ids):
            session.execute(delete(table(model)).where(table(model).c.id.in_(portion)))


def digest(entry: QuarantineEntry) -> str:
    """SHA-256, in hex, of what a restore relies on: record, snapshot, children, emptied references, as canonical JSON.

    Canonical: sorted keys, no spaces, UTF-8.
    """
    content = [entry.resource, entry.record_id, entry.snapshot, entry.children, entry.emptied]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def read(entry_id: str) -> QuarantineEntry:
    """The entry. NotFound."""
    entry = db.session.get(QuarantineEntry, entry_id, populate_existing=True)
    if entry is None:
        raise NotFound("quarantine entries", entry_id)
    return entry


def restore(entry_id: str, context: Context, *, empty_missing: bool = False) -> Record:
    """Bring a record and all that went along back, identical: same ids, times, versions, secrets.

    References that were emptied for it are set back where they are still empty. Returns the record.
    NotFound; Conflict `already-restored`, `damaged`, `sealed`, `shape-changed`, `id-taken`, `taken`,
    `missing-reference`.
    `empty_missing`: a reference to a record that is gone for good comes back empty instead of refusing.
    """
    with unit_of_work(context) as session:
        (entry,) = _restore(session, [entry_id], context.actor, empty_missing=empty_missing)
        record = session.get(RECORDS[entry.resource], entry.record_id, populate_existing=True)
        assert record is not None  # noqa: S101 - brought back above, in this transaction
        session.expunge(record)
    return record


def _restore(
    session: Unit, entry_ids: Sequence[str], actor: str, *, empty_missing: bool = False
) -> Sequence[QuarantineEntry]:
    # What was placed last may point to what went before it no more, but not the other way round: the last comes first
    chosen = select(QuarantineEntry).where(QuarantineEntry.id.in_(entry_ids)).order_by(QuarantineEntry.id.desc())
    entries = session.scalars(chosen.with_for_update().execution_options(populate_existing=True)).all()
    if len(entries) < len(entry_ids):
        raise NotFound("quarantine entries", ", ".join(sorted(set(entry_ids) - {entry.id for entry in entries})))
    for entry in entries:
        _check(entry)
    bring_back(session, entries, empty_missing=empty_missing)
    for entry in entries:
        entry.restored_at, entry.restored_by = utcnow(), actor
    session.flush()
    return entries


def _check(entry: QuarantineEntry) -> None:
    if entry.restored_at is not None:
        raise Conflict("already-restored", f"This entry was restored already, by {entry.restored_by}.")
    if digest(entry) != entry.digest:
        raise Conflict(
            "damaged",
            "What this entry holds is not what was put into it (its digest differs); restore the row of the "
            "quarantine table from a backup, then try again.",
        )


def restore_run(run_id: str, context: Context) -> dict[str, list[Any]]:
    """Restore all that one run put into quarantine; an entry that cannot come back holds up no other.

    `{"done": [entry id], "failed": [{"id","code","detail"}]}`; entries that wait for one another are tried again.
    NotFound when the run put nothing there.
    """
    waiting = _open_of(run_id)
    done: list[str] = []
    failed: list[dict[str, str]] = []
    progress = True
    while waiting and progress:
        failed = []
        for group in portions(waiting, GROUP):
            with unit_of_work(context) as session:
                failed += _restore_group(session, group, context.actor)
                session.expunge_all()
        refused = {refusal["id"] for refusal in failed}
        progress = len(refused) < len(waiting)
        done += [entry_id for entry_id in waiting if entry_id not in refused]
        waiting = [entry_id for entry_id in waiting if entry_id in refused]
    return {"done": done, "failed": failed}


def _restore_group(session: Unit, entry_ids: Sequence[str], actor: str) -> list[dict[str, str]]:
    """Restore `entry_ids` together; when something is in the way, halve them until what cannot come back is named."""
    try:
        with session.begin_nested():
            _restore(session, entry_ids, actor)
    except Problem as problem:
        if len(entry_ids) == 1:
            return [{"id": entry_ids[0], "code": problem.code, "detail": problem.detail}]
        middle = len(entry_ids) // 2
        halves = (entry_ids[:middle], entry_ids[middle:])
        return [refusal for half in halves for refusal in _restore_group(session, half, actor)]
    return []


def _open_of(run_id: str) -> list[str]:
    query = select(QuarantineEntry.id, QuarantineEntry.restored_at).where(QuarantineEntry.run_id == run_id)
    found = db.session.execute(query.order_by(QuarantineEntry.id.desc())).all()
    db.session.rollback()
    if not found:
        raise NotFound("runs with quarantined records", run_id)
    return [entry_id for entry_id, restored_at in found if restored_at is None]
