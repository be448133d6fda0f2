"""Small cases for the interleavings: a few records each, and what people and strangers do to them meanwhile."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from digisence import records
from digisence.changes import Context
from digisence.clock import utcnow
from digisence.errors import Problem
from digisence.extensions import db
from digisence.models import Business, QuarantineEntry, User
from digisence.records import quarantine

PERSON = Context("user:root")
OLD = "2020-01-01 00:00:00.000"
Script = Callable[[], object]


@dataclass
class Cell:
    """`planted`: what stands before the sweep. `scripts`: each runs in a thread of its own. `gone`: users that somebody
    deletes by name.
    """

    kind: str
    planted: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)


def stranger(*statements: str) -> Script:
    """Another program: all in one transaction, on a connection of its own."""

    def write() -> None:
        try:
            with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
                for statement in statements:
                    connection.execute(text(statement))
        except DBAPIError:
            return  # refused by the database: nothing of it was done

    return write


def person(*acts: Callable[[], object]) -> Script:
    """Somebody at the panel: each act a call of the API's own; what is refused ends it."""

    def work() -> None:
        try:
            for act in acts:
                act()
        except (Problem, DBAPIError):
            return
        finally:
            db.session.remove()

    return work


def a_user(key: str, at: str | None = OLD, role: str = "BUSINESS_ADMIN") -> str:
    times = f"'{at}', '{at}'" if at else "CURRENT_TIMESTAMP, CURRENT_TIMESTAMP"
    return (
        "INSERT INTO users (id, email, role, created_at, updated_at) "
        f"VALUES ('{key}', '{key}@example.org', '{role}', {times})"
    )


def a_business(key: str, admin: str | None, ref: str | None = None, at: str | None = OLD) -> str:
    names = f"{_quoted(admin)}, {_quoted(ref)}"
    times = f"'{at}', '{at}'" if at else "CURRENT_TIMESTAMP, CURRENT_TIMESTAMP"
    return (
        "INSERT INTO businesses (id, name, slug, admin_id, admin_ref, created_at, updated_at) "
        f"VALUES ('{key}', 'Business', '{key}', {names}, {times})"
    )


def _quoted(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


def create(key: str, admin: str) -> Callable[[], object]:
    """A business by the panel."""
    return lambda: records.create(Business, {"id": key, "name": "Business", "admin_id": admin}, PERSON)


def edit(model: Any, key: str, **values: Any) -> Callable[[], object]:
    """An edit by the panel."""
    return lambda: records.update(model, key, values, PERSON)


def bring_back(key: str) -> None:
    """Restore what was set aside of a record, if anything was."""
    waiting = select(QuarantineEntry.id).where(QuarantineEntry.record_id == key, QuarantineEntry.restored_at.is_(None))
    entry = db.session.scalar(waiting)
    db.session.rollback()
    if entry:
        quarantine.restore(entry, PERSON)


def aged(*keys: str) -> Script:
    """The clock goes on: these records are old now."""
    listed = ", ".join(f"'{key}'" for key in keys)
    return stranger(
        *(f"UPDATE {name} SET created_at = '{OLD}', updated_at = '{OLD}' WHERE id IN ({listed})"
          for name in ("users", "businesses"))
    )  # fmt: skip


def cell(number: str, chance: random.Random) -> Cell:
    """One of the kinds, by chance."""
    kind = chance.choice(KINDS)
    made = kind(number, f"u{number}", f"b{number}")
    made.kind = kind.__name__
    chance.shuffle(made.scripts)
    return made


def creator_amid(n: str, u: str, b: str) -> Cell:
    """A user comes, then their business; and the clock goes on between."""
    come = person(
        lambda: records.create(User, {"id": u, "email": f"{u}@example.org", "role": "BUSINESS_ADMIN"}, PERSON),
        aged(u), create(b, u),
    )  # fmt: skip
    return Cell("", [], [come])


def creator_of_one_transaction(n: str, u: str, b: str) -> Cell:
    return Cell("", [], [stranger(a_user(u), a_business(b, u))])


def business_for_an_orphan(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u)], [person(create(b, u))])


def business_for_an_orphan_by_a_stranger(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u)], [stranger(a_business(b, u))])


def orphan_edited(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u)], [person(edit(User, u, name="Somebody"))])


def orphan_promoted(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u)], [stranger(f"UPDATE users SET role = 'SUPER_ADMIN' WHERE id = '{u}'")])


def orphan_signs_in(n: str, u: str, b: str) -> Cell:
    until = f"{utcnow() + timedelta(days=1):%Y-%m-%d %H:%M:%S}.000"
    session = f"INSERT INTO sessions (id, user_id, expires_at) VALUES ('s{n}', '{u}', '{until}')"
    return Cell("", [a_user(u)], [stranger(session)])


def admin_given(n: str, u: str, b: str) -> Cell:
    """A business without an admin gets another than it remembers."""
    return Cell("", [a_user(u), a_user(f"{u}v"), a_business(b, None, u)], [person(edit(Business, b, admin_id=f"{u}v"))])


def admin_moves_on(n: str, u: str, b: str) -> Cell:
    """The remembered admin takes another business meanwhile."""
    return Cell("", [a_user(u), a_business(b, None, u)], [person(create(f"{b}x", u))])


def admins_swapped(n: str, u: str, b: str) -> Cell:
    v, c = f"{u}v", f"{b}c"
    swap = stranger(
        f"UPDATE businesses SET admin_id = NULL WHERE id IN ('{b}', '{c}')",
        f"UPDATE businesses SET admin_id = '{v}' WHERE id = '{b}'",
        f"UPDATE businesses SET admin_id = '{u}' WHERE id = '{c}'",
    )
    return Cell("", [a_user(u), a_user(v), a_business(b, u), a_business(c, v)], [swap, aged(u, v, b, c)])


def remembered_admin_deleted(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u), a_business(b, None, u)], [stranger(f"DELETE FROM users WHERE id = '{u}'")], {u})


def remembered_admin_disabled(n: str, u: str, b: str) -> Cell:
    return Cell(
        "", [a_user(u), a_business(b, None, u)], [stranger(f"UPDATE users SET is_active = false WHERE id = '{u}'")]
    )


def admin_deleted_and_business_taken_over(n: str, u: str, b: str) -> Cell:
    v = f"{u}v"
    take = person(edit(Business, b, admin_id=v), aged(b))
    return Cell(
        "", [a_user(u), a_user(v), a_business(b, u)], [stranger(f"DELETE FROM users WHERE id = '{u}'"), take], {u}
    )


def deleted_by_hand(n: str, u: str, b: str) -> Cell:
    return Cell("", [a_user(u), a_business(b, u)], [person(lambda: records.delete(User, u, PERSON)), aged(u, b)])


def brought_back(n: str, u: str, b: str) -> Cell:
    again = person(lambda: bring_back(u), aged(u), lambda: bring_back(u), create(b, u))
    return Cell("", [a_user(u)], [again])


def emptied_by_a_stranger(n: str, u: str, b: str) -> Cell:
    empty = stranger(f"UPDATE businesses SET admin_id = NULL, updated_at = '{OLD}' WHERE id = '{b}'")
    return Cell("", [a_user(u), a_business(b, u)], [empty, person(edit(Business, b, admin_id=u)), aged(u, b)])


KINDS: tuple[Callable[[str, str, str], Cell], ...] = (
    creator_amid, creator_of_one_transaction, business_for_an_orphan, business_for_an_orphan_by_a_stranger,
    orphan_edited, orphan_promoted, orphan_signs_in, admin_given, admin_moves_on, admins_swapped,
    remembered_admin_deleted, remembered_admin_disabled, admin_deleted_and_business_taken_over, deleted_by_hand,
    brought_back, emptied_by_a_stranger,
)  # fmt: skip


def cells(count: int, round_number: int, chance: random.Random) -> Iterator[Cell]:
    """So many, each with ids of its own."""
    for number in range(count):
        yield cell(f"{round_number}-{number}", chance)
