"""A purge takes what the records held out of their history too, and leaves the chain whole."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence.changes import history, outbox, unit_of_work, verifying
from digisence.changes.drainer import at_rest
from digisence.clock import utcnow
from digisence.errors import Problem
from digisence.extensions import db
from digisence.models import BulkItem, Business, Change, ImportedRow, QuarantineEntry, User
from digisence.records import carrying, delete, ledger, purging, quarantine
from digisence.records import update as patch
from tests.draining import drained
from tests.records.transfer.files import brought, undone

from .conftest import ME, business, user

LONG_AGO = timedelta(days=31)


def aged(entry: QuarantineEntry) -> str:
    """The entry, made old enough to be purged; its id."""
    with unit_of_work(ME) as session:
        old = {"placed_at": utcnow() - LONG_AGO}
        session.execute(update(QuarantineEntry).where(QuarantineEntry.id == entry.id).values(old))
    return entry.id


def kept(record_id: str) -> list[tuple[str, int, bool, bool]]:
    """The changes of a record: action, version, whether they hold anything, whether a digest."""
    query = select(Change.__table__).where(Change.record_id == record_id, Change.version > 0).order_by(Change.id)
    with db.engine.connect() as connection:
        return [
            (row.action, row.version, bool(row.before or row.after), bool(row.before_digest or row.after_digest))
            for row in connection.execute(query)
        ]


def befores(model: Any) -> Sequence[Any]:
    with db.engine.connect() as connection:
        return connection.scalars(select(model.before)).all()


@pytest.fixture
def gone(app: Flask) -> tuple[str, str, str]:
    """A user whose name a bulk action and an import changed, with a business, set aside long ago; ids with the entry's."""
    owner = user("ann@example.org")
    shop = business(owner, "Ann's")
    bulk_id, _few = ledger.open_(User, {"action": "set", "ids": [owner.id], "values": {"name": "Ann A"}}, ME)
    carrying.carry_out(bulk_id)
    assert brought("users", f"id,name\n{owner.id},Ann B")["updated"] == 1
    entry = aged(delete(User, owner.id, ME))
    drained()
    return str(owner.id), str(shop.id), entry


def test_what_the_records_held_goes_at_once_and_the_chain_holds(app: Flask, gone: tuple[str, str, str]) -> None:
    owner, shop, entry = gone
    other = user("bob@example.org")
    drained()
    assert any(befores(BulkItem))
    assert any(befores(ImportedRow))
    assert all(holds for *_, holds, _digest in kept(owner) + kept(shop))
    assert purging.purge([entry], ME) == purging.Purge([entry], held=6, kept=0)
    drained()
    assert kept(owner) == [
        ("created", 1, False, True), ("updated", 2, False, True), ("updated", 3, False, True),
        ("quarantined", 4, False, True), ("purged", 5, False, False),
    ]  # fmt: skip
    assert kept(shop)[-2:] == [("quarantined", 2, False, True), ("purged", 3, False, False)]
    assert kept(other.id) == [("created", 1, True, False)]
    assert {*befores(BulkItem), *befores(ImportedRow)} == {None}
    verdict = verifying.verify(db.engine)
    assert (verdict.broken, verdict.unsealed) == (None, 0)
    assert verdict.compacted == 6
    told, total = history.page(db.session, User, owner, 1, 10)
    assert (total, [one["changes"] for one in told]) == (5, [[]] * 5)
    with pytest.raises(Problem) as caught:
        history.at_version(db.session, User, owner, 2)
    assert caught.value.code == "history-compacted"


def test_it_is_noted_and_no_later_compaction_loses_its_place(gone: tuple[str, str, str]) -> None:
    purging.purge([gone[2]], ME)
    with db.engine.connect() as connection:
        query = select(Change.actor, Change.record_id, Change.after).where(Change.action == "compacted")
        noted = {row.after["of"]: row for row in connection.execute(query)}
    assert {name: (row.actor, row.record_id, row.after["count"]) for name, row in noted.items()} == {
        "users": (ME.actor, "purge", 4), "businesses": (ME.actor, "purge", 2),
    }  # fmt: skip


def test_an_undo_of_what_was_purged_says_that_it_is_gone(app: Flask, gone: tuple[str, str, str]) -> None:
    purging.purge([gone[2]], ME)
    drained()
    with db.engine.connect() as connection:
        import_id, bulk_id = (
            connection.scalar(select(ImportedRow.import_id)),
            connection.scalar(select(BulkItem.bulk_id)),
        )
    done = undone(str(import_id))
    assert (done["undone"], done["kept"]) == (0, 1)
    ledger.ask_undo(str(bulk_id), ME)
    assert carrying.carry_out(str(bulk_id)) is not None
    assert kept(gone[0])[-1][0] == "purged"


def test_a_later_life_of_the_id_keeps_what_it_holds(app: Flask, gone: tuple[str, str, str]) -> None:
    owner, _shop, entry = gone
    assert brought("users", f"id,email,name\n{owner},new@example.org,New")["created"] == 1
    patch(User, owner, {"name": "Newer"}, ME)
    drained()
    assert purging.purge([entry], ME).held == 6
    drained()
    lives = [(version, holds) for action, version, holds, _digest in kept(owner) if action in ("created", "updated")]
    assert lives[:3] == [(1, False), (2, False), (3, False)]
    assert [holds for _version, holds in lives[3:]] == [True, True]
    assert verifying.verify(db.engine).broken is None


def test_what_cannot_give_way_without_breaking_the_chain_is_counted(app: Flask) -> None:
    shop = business(user("ann@example.org"), "Ann's")
    drained()
    with at_rest(app):
        entry = aged(delete(Business, shop.id, ME))
        assert outbox.waiting(db.engine) == 1
        assert purging.purge([entry], ME) == purging.Purge([entry], held=1, kept=1)
    drained()
    assert [holds for *_, holds, _digest in kept(shop.id)] == [False, True, False]
    assert verifying.verify(db.engine).broken is None


def test_a_restored_one_keeps_its_history(app: Flask, gone: tuple[str, str, str]) -> None:
    owner, _shop, entry = gone
    quarantine.restore(entry, ME)
    drained()
    assert purging.purge([entry], ME) == purging.Purge()
    assert all(holds for *_, holds, _digest in kept(owner))
