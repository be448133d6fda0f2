"""Whoever alters, removes, inserts or reorders a link of the chain, or cuts off its end, is found and the link named."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from digisence.changes import Context, compaction, events, outbox, unit_of_work, verifying, witness
from digisence.changes.seals import FULL, GENESIS, digest
from digisence.changes.verifying import ALTERED, INSERTED, REMOVED, REORDERED, REWRITTEN, TRUNCATED
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import Change, Seal, User
from tests import outsider

ME = Context("user:me", "request-1", None, "192.0.2.7")


@pytest.fixture(autouse=True)
def chain(app: Flask) -> Iterator[None]:
    """Six seals: five changes of users and an event."""
    with app.app_context():
        with unit_of_work(ME, patience=20) as session:
            session.add_all(
                [User(id=f"u{number}", email=f"{number}@example.org", name="Zoë 🐝") for number in range(4)]
            )
        with unit_of_work(ME, patience=20) as session:
            session.get_one(User, "u1").name = "Other"
        with unit_of_work(ME, patience=20) as session:
            events.record(session, "exported", resource="users", detail={"rows": 4})
        app.extensions["digisence_drainer"].nudge(patience=20)
        outbox.drain()
        witness.path().unlink()
        tell(app)
        yield


def tell(app: Flask) -> None:
    app.extensions.pop("digisence_witness", None)
    witness.tell(db.engine)


def found() -> tuple[str, int | None, int | None] | None:
    broken = verifying.verify(db.engine).broken
    return broken and (broken.kind, broken.seq, broken.change_id)


def seals() -> list[Any]:
    with db.engine.connect() as connection:
        return list(connection.execute(select(Seal.__table__).order_by(Seal.seq)))


def test_a_chain_that_holds(database: str) -> None:
    outsider.write(database, "UPDATE users SET name = 'waits' WHERE id = 'u2'")
    verdict = verifying.verify(db.engine)
    newest = seals()[-1]
    assert (verdict.broken, verdict.sealed, verdict.unsealed, verdict.compacted) == (None, 6, 1, 0)
    assert (verdict.newest, verdict.digest, verdict.witnessed >= 1) == (newest.seq, newest.digest, True)


def test_what_was_proven_in_an_earlier_step_stays_so_or_is_named(
    monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr(verifying, "PAGE", 3)
    first = verifying.step(db.engine, verifying.BEGIN, 0.0)
    assert (first.broken, first.sealed, first.next) == (None, 3, f"seals-3-{seals()[2].digest}")
    second = verifying.step(db.engine, str(first.next), 60.0)
    assert (second.broken, second.sealed, second.next, second.verified_to) == (None, 3, None, 6)
    outsider.tamper(database, f"UPDATE seals SET digest = '{'0' * 64}' WHERE seq = 3")
    again = verifying.step(db.engine, str(first.next), 60.0).broken
    assert again is not None
    assert (again.kind, again.seq) == (REWRITTEN, 3)
    outsider.tamper(database, *SQL_TRUNCATE, "DELETE FROM seals WHERE seq = 3")
    gone = verifying.step(db.engine, str(first.next), 60.0).broken
    assert gone is not None
    assert (gone.kind, gone.seq) == (REMOVED, 3)


def test_a_stray_is_found_in_whichever_step_it_lies(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    monkeypatch.setattr(verifying, "SPAN", 2)
    outsider.tamper(
        database,
        "INSERT INTO changes (id, resource, record_id, action, version, actor) VALUES (7, 'users', 'x', 'created', 1, 'user:me')",
        "DELETE FROM outbox",
    )
    place, steps = "changes-0", 0
    while True:
        found = verifying.step(db.engine, place, 0.0)
        steps += 1
        if found.broken:
            break
        place = str(found.next)
    assert (found.broken.kind, found.broken.change_id, steps) == (INSERTED, 7, 4)


SQL_TRUNCATE = (
    "DELETE FROM publications WHERE change_id > 4",
    "DELETE FROM seals WHERE change_id > 4",
    "DELETE FROM changes WHERE id > 4",
)
TABLES = ("changes", "publications", "seals")
AFTER = {"sqlite": "json_set(after, '$.name', 'Forged')", "postgresql": "after || jsonb_build_object('name', 'Forged')"}
TAMPERING: dict[str, tuple[tuple[str, ...], tuple[str, int | None, int | None]]] = {
    "an altered actor": (("UPDATE changes SET actor = 'user:nobody' WHERE id = 3",), (ALTERED, 3, 3)),
    "an altered address": (("UPDATE changes SET address = NULL WHERE id = 6",), (ALTERED, 6, 6)),
    "an altered value": (("UPDATE changes SET after = {after} WHERE id = 2",), (ALTERED, 2, 2)),
    "an altered time": (("UPDATE changes SET committed_at = '2020-01-01 00:00:00.000' WHERE id = 4",), (ALTERED, 4, 4)),
    "a forged compaction": (("UPDATE changes SET after = NULL, after_digest = '0' WHERE id = 2",), (ALTERED, 2, 2)),
    "an older form": (("UPDATE seals SET form = 1 WHERE seq = 2",), (ALTERED, 2, 2)),
    "two changes that changed places": (
        ("UPDATE changes SET id = 99 WHERE id = 2", "UPDATE changes SET id = 2 WHERE id = 3", "UPDATE changes SET id = 3 WHERE id = 99"),
        (ALTERED, 2, 2),
    ),
    "a removed change": (("DELETE FROM publications WHERE change_id = 3", "DELETE FROM changes WHERE id = 3"), (REMOVED, 3, 3)),
    "a removed change and its seal": (
        ("DELETE FROM publications WHERE change_id = 3", "DELETE FROM seals WHERE seq = 3", "DELETE FROM changes WHERE id = 3"),
        (REMOVED, 4, 4),
    ),
    "an altered seal": (("UPDATE seals SET digest = 'x' WHERE seq = 3",), (ALTERED, 3, 3)),
    "two seals that changed places": (
        ("UPDATE seals SET seq = 99 WHERE seq = 2", "UPDATE seals SET seq = 2 WHERE seq = 3", "UPDATE seals SET seq = 3 WHERE seq = 99"),
        (REORDERED, 2, 3),
    ),
    "an end that was cut off": (SQL_TRUNCATE, (TRUNCATED, 6, None)),
    "everything gone": (
        ("DELETE FROM publications", "DELETE FROM seals", "DELETE FROM changes"),
        (TRUNCATED, 6, None),
    ),
    "a change beside the chain": (
        ("INSERT INTO changes (id, resource, record_id, action, version, actor) VALUES (77, 'users', 'u9', 'created', 1, 'user:me')",),
        (INSERTED, None, 77),
    ),
    "a last seal that was taken away": (("DELETE FROM seals WHERE seq = 6",), (TRUNCATED, 6, None)),
}  # fmt: skip


def test_tampering_is_named(database: str, engine_name: str) -> None:
    outsider.write(database, *(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}" for table in TABLES))
    told = {}
    for what, (statements, _) in TAMPERING.items():
        anew = [f"DELETE FROM {table}" for table in reversed(TABLES)]
        anew += [f"INSERT INTO {table} SELECT * FROM kept_{table}" for table in TABLES]
        outsider.tamper(
            database, *anew, *(statement.replace("{after}", AFTER[engine_name]) for statement in statements)
        )
        told[what] = found()
    assert told == {what: expected for what, (_, expected) in TAMPERING.items()}


def test_an_inserted_link_is_named(database: str) -> None:
    rows = seals()
    forged = "INSERT INTO changes (id, resource, record_id, action, version, actor) VALUES (77, 'users', 'u9', 'created', 1, 'x')"
    shift = [f"UPDATE seals SET seq = {row.seq + 1} WHERE change_id = {row.change_id}" for row in reversed(rows[2:])]
    put = f"INSERT INTO seals (seq, change_id, previous, digest, form) VALUES (3, 77, '{rows[1].digest}', 'made-up', 2)"
    outsider.tamper(database, forged, *shift, put)
    assert found() == (ALTERED, 3, 77)  # its digest is made up
    with db.engine.connect() as connection:
        change = connection.execute(select(Change.__table__).where(Change.id == 77)).one()
    sound = digest(rows[1].digest, change)
    outsider.tamper(database, f"UPDATE seals SET digest = '{sound}' WHERE seq = 3")
    assert found() == (REMOVED, 4, 3)  # the rest does not follow it
    outsider.tamper(database, f"UPDATE seals SET previous = '{'a' * 64}' WHERE seq = 3")
    assert found() == (INSERTED, 3, 77)


def test_a_chain_made_anew_is_found_by_what_stands_outside(database: str) -> None:
    previous, statements = GENESIS, ["UPDATE changes SET actor = 'user:nobody' WHERE id = 3"]
    outsider.tamper(database, *statements)
    with db.engine.connect() as connection:
        rows = connection.execute(select(Change.__table__).order_by(Change.id)).all()
    remade = []
    for row in rows:
        sealed = digest(previous, row)
        remade.append(f"UPDATE seals SET previous = '{previous}', digest = '{sealed}' WHERE change_id = {row.id}")
        previous = sealed
    outsider.tamper(database, *remade)
    kind, seq, _ = found() or ("", 0, 0)
    assert (kind, seq) == (REWRITTEN, 6)


def test_old_seals_still_verify(database: str) -> None:
    previous, remade = GENESIS, []
    with db.engine.connect() as connection:
        rows = connection.execute(select(Change.__table__).order_by(Change.id)).all()
    for row in rows[:3]:
        sealed = digest(previous, row, FULL)
        remade.append(
            f"UPDATE seals SET previous = '{previous}', digest = '{sealed}', form = 1 WHERE change_id = {row.id}"
        )
        previous = sealed
    for row in rows[3:]:
        sealed = digest(previous, row)
        remade.append(f"UPDATE seals SET previous = '{previous}', digest = '{sealed}' WHERE change_id = {row.id}")
        previous = sealed
    outsider.tamper(database, *remade)
    witness.path().unlink()
    assert found() is None
    outsider.tamper(database, f"UPDATE changes SET after = {AFTER[db.engine.dialect.name]} WHERE id = 2")
    assert found() == (ALTERED, 2, 2)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the compaction's clock by days."""

    def move(days: int) -> None:
        monkeypatch.setattr(compaction, "utcnow", lambda: utcnow() + timedelta(days=days))

    return move


def test_a_compaction_leaves_the_chain(app: Flask, later: Callable[[int], None], database: str) -> None:
    assert compaction.compact(days=30) == compaction.Compaction()
    later(31)
    assert compaction.compact(days=0) == compaction.Compaction()
    assert compaction.compact(days=30) == compaction.Compaction(compacted=6)
    with db.engine.connect() as connection:
        rows = connection.execute(select(Change.__table__).order_by(Change.id)).all()
    assert [(row.before, row.after, bool(row.before_digest), bool(row.after_digest)) for row in rows[3:6]] == [
        (None, None, False, True), (None, None, True, True), (None, None, False, True),
    ]  # fmt: skip
    event = rows[6]
    assert (event.actor, event.resource, event.action) == ("system:compaction", "changes", "compacted")
    assert {name: event.after[name] for name in ("first", "last", "count")} == {"first": 1, "last": 6, "count": 6}
    app.extensions["digisence_drainer"].nudge(patience=20)
    verdict = verifying.verify(db.engine)
    assert (verdict.broken, verdict.sealed, verdict.compacted) == (None, 7, 6)
    assert compaction.compact(days=30) == compaction.Compaction()  # its own event stays as it is
    outsider.tamper(database, f"UPDATE changes SET before_digest = '{'0' * 64}' WHERE id = 5")
    assert found() == (ALTERED, 5, 5)
    outsider.tamper(database, """UPDATE changes SET after = '{"name": "Forged"}' WHERE id = 2""")  # beside its digest
    assert found() == (ALTERED, 2, 2)


def test_what_does_not_fit_its_seal_is_not_compacted(later: Callable[[int], None], database: str) -> None:
    outsider.tamper(
        database, "UPDATE changes SET actor = 'user:nobody' WHERE id = 3", "UPDATE seals SET form = 1 WHERE seq = 4"
    )
    later(31)
    assert compaction.compact(days=30) == compaction.Compaction(compacted=4, older=1, broken=1)
    with db.engine.connect() as connection:
        kept = connection.scalars(select(Change.id).where(Change.after.is_not(None), Change.id <= 6)).all()
    assert sorted(kept) == [3, 4]
    assert found() == (ALTERED, 3, 3)


def test_many_drainers_make_one_chain(app: Flask) -> None:
    with unit_of_work(ME, patience=None) as session:
        rows = [{"id": f"v{number}", "email": f"v{number}@example.org"} for number in range(400)]
        session.execute(insert(User), rows)

    def drain() -> None:
        with app.app_context():
            for _ in range(5):
                outbox.drain()

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(30):
        with unit_of_work(ME, patience=0) as session:
            session.add(User(id=f"w{number}", email=f"w{number}@example.org"))
    for thread in threads:
        thread.join()
    app.extensions["digisence_drainer"].nudge(patience=30)
    outbox.drain()
    verdict = verifying.verify(db.engine)
    assert (verdict.broken, verdict.sealed, verdict.unsealed) == (None, 436, 0)
    rows_of = seals()
    assert len({row.previous for row in rows_of}) == len(rows_of)
