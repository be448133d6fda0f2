"""Nothing is destroyed: a record that goes is kept whole, with all that went along, until somebody restores it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import delete, select, update

from ..changes import Context, target, unit_of_work
from ..changes.context import Unit
from ..changes.drainer import nudge
from ..clock import to_wire, utcnow
from ..errors import Conflict, NotFound, Problem
from ..extensions.db import db
from ..models import RECORDS, QuarantineEntry, Record, new_id
from ..models.change import QUARANTINED
from ..models.quarantine_entry import BY_CHECK, MANUAL
from . import bulk, closure, guards, vault
from .closure import Emptied, Taken
from .pace import paced
from .restoration import bring_back, with_circles
from .tables import portions, table

Row = dict[str, Any]

__all__ = ["BY_CHECK", "MANUAL", "digest", "place", "read", "restore", "restore_bulk", "restore_run", "restore_within"]


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
    bulk_id: str | None = None,
) -> list[str]:
    """Take the records of `ids` out of the live tables, each with what belongs to it, inside the caller's unit of work.

    The caller holds the locks (`records.locks.lock`). One entry a record; each row that goes has its Change
    `quarantined`, each row that loses a plain reference its Change `updated`. Ids that do not exist get no entry.
    Returns the entries' ids. Conflict `self`, `last-superadmin` as for a deletion by hand.
    """
    guards.check(model, ids, actor, guards.hold(session, model, ids), "delete")
    about = {"kind": kind, "reason": reason, "placed_by": actor, "check_id": check_id, "run_id": run_id}
    about |= {"bulk_id": bulk_id, "placed_at": to_wire(utcnow())}
    groups = closure.rounds(session, model, ids)
    return [entry["id"] for group in groups for entry in _place(session, model, group, about)]


def _place(session: Unit, model: type[Record], ids: Sequence[str], about: Row) -> list[Row]:
    taken = closure.gather(session, model, ids)
    lost = closure.emptied(session, taken)
    members: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        members[one.root].append(one)
    entries = [_entry(model, group, lost.get(root, []), about) for root, group in members.items()]
    _remove(session, taken)
    bulk.insert(session, table(QuarantineEntry), entries)
    return entries


def _entry(model: type[Record], group: Sequence[Taken], lost: list[Emptied], about: Row) -> Row:
    root, *children = [one.snapshot() for one in group]
    secrets = {f"{one.model.__resource__}/{one.id}": one.secrets for one in group if one.secrets}
    held: Row = {
        "resource": model.__resource__,
        "record_id": root["recordId"],
        "snapshot": root["snapshot"],
        "children": children,
        "emptied": lost,
        "sealed": vault.seal(secrets),
    }
    return {"id": new_id(), **held, "digest": _digest(*held.values()), **about}


def _remove(session: Unit, taken: Sequence[Taken]) -> None:
    """Delete the rows, what is owned before its owner, so that no reference among them is emptied first."""
    grouped: dict[type[Record], list[str]] = defaultdict(list)
    for one in taken:
        grouped[one.model].append(one.id)
    for model, ids in reversed(grouped.items()):
        target(session, model.__resource__, ids, QUARANTINED)
        for portion in portions(ids):
            session.execute(delete(table(model)).where(bulk.among(table(model).c.id, portion)))


def digest(entry: Any) -> str:
    """SHA-256, in hex, of what a restore relies on, as canonical JSON: sorted keys, no spaces, UTF-8.

    That is: record, snapshot, children, emptied references, sealed secrets.
    """
    return _digest(*_content(entry))


def _content(entry: Any) -> tuple[Any, ...]:
    return entry.resource, entry.record_id, entry.snapshot, entry.children, entry.emptied, entry.sealed


def _digest(*content: Any) -> str:
    try:
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _slow_digest(*content)
    return hashlib.sha256(canonical).hexdigest()


def _slow_digest(*content: Any) -> str:
    """The same by the standard library, which writes a few numbers otherwise, and any whole number."""
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
        restored = restore_within(session, [entry_id], context.actor, empty_missing=empty_missing)
        entry = next(one for one in restored if one.id == entry_id)
        record = session.get(RECORDS[entry.resource], entry.record_id, populate_existing=True)
        assert record is not None  # noqa: S101 - brought back above, in this transaction
        session.expunge(record)
    return record


def restore_within(
    session: Unit, entry_ids: Sequence[str], actor: str, *, empty_missing: bool = False
) -> Sequence[Any]:
    """Restore several entries inside the caller's unit of work; returns them. Raises what `restore` raises.

    What names one another in a circle comes back together, whichever of them was asked for.
    """
    # What was placed last may point to what went before it no more, but not the other way round: the last comes first
    held = table(QuarantineEntry)
    chosen = select(held).where(bulk.among(held.c.id, entry_ids)).order_by(held.c.id.desc()).with_for_update()
    entries = session.execute(chosen).all()
    if len(entries) < len(entry_ids):
        raise NotFound("quarantine entries", ", ".join(sorted(set(entry_ids) - {entry.id for entry in entries})))
    for entry in entries:
        _check(entry)
    circle = with_circles(session, entries)
    if len(circle) > len(entries):
        return restore_within(session, circle, actor, empty_missing=empty_missing)
    bring_back(session, entries, empty_missing=empty_missing)
    back = update(held).where(bulk.among(held.c.id, entry_ids)).values(restored_at=utcnow(), restored_by=actor)
    session.execute(back)
    return entries


def _check(entry: Any) -> None:
    if entry.restored_at is not None:
        raise Conflict("already-restored", f"This entry was restored already, by {entry.restored_by}.")
    content = _content(entry)
    # Older entries: the secrets did not count, and the standard library wrote the numbers
    if not any(entry.digest == form(*part) for part in (content, content[:-1]) for form in (_digest, _slow_digest)):
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
    return _restore_all(_open_of(QuarantineEntry.run_id, run_id, "runs"), context)


def restore_bulk(bulk_id: str, context: Context) -> dict[str, list[Any]]:
    """The same for all that one bulk action deleted."""
    return _restore_all(_open_of(QuarantineEntry.bulk_id, bulk_id, "bulk actions"), context)


def _restore_all(waiting: list[str], context: Context) -> dict[str, list[Any]]:
    done: list[str] = []
    failed: list[dict[str, str]] = []
    progress = True
    while waiting and progress:
        failed = []
        for group in paced(waiting):
            with unit_of_work(context, patience=None) as session:
                failed += _restore_group(session, group, context.actor)
                session.expunge_all()
        refused = {refusal["id"] for refusal in failed}
        progress = len(refused) < len(waiting)
        done += [entry_id for entry_id in waiting if entry_id not in refused]
        waiting = [entry_id for entry_id in waiting if entry_id in refused]
    nudge(patience=0)
    return {"done": done, "failed": failed}


def _restore_group(session: Unit, entry_ids: Sequence[str], actor: str) -> list[dict[str, str]]:
    """Restore `entry_ids` together; when something is in the way, halve them until what cannot come back is named."""
    try:
        with session.begin_nested():
            restore_within(session, entry_ids, actor)
    except Problem as problem:
        if problem.code == "already-restored" and len(entry_ids) == 1:
            return []  # with its circle, or by somebody else: it is back
        if len(entry_ids) == 1:
            return [{"id": entry_ids[0], "code": problem.code, "detail": problem.detail}]
        middle = len(entry_ids) // 2
        halves = (entry_ids[:middle], entry_ids[middle:])
        return [refusal for half in halves for refusal in _restore_group(session, half, actor)]
    return []


def _open_of(column: Any, cause: str, kind: str) -> list[str]:
    query = select(QuarantineEntry.id, QuarantineEntry.restored_at).where(column == cause)
    found = db.session.execute(query.order_by(QuarantineEntry.id.desc())).all()
    db.session.rollback()
    if not found:
        raise NotFound(f"{kind} with quarantined records", cause)
    return [entry_id for entry_id, restored_at in found if restored_at is None]
