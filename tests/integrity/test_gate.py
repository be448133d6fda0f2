"""When nothing may be repaired, and when only a few: a strange schema, a table that lost much."""

from typing import Any

import pytest

from digisence.clock import to_wire, utcnow
from digisence.extensions import db
from digisence.extensions.migrate import heads
from digisence.integrity import gate
from digisence.models import QuarantineEntry

from .conftest import business, professional, user
from .ground import ago, ground, put, run, standing, stranger  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def alarm() -> str | None:
    with db.engine.connect() as connection:
        return gate.alarm(connection)


def closed() -> str | None:
    with db.engine.connect() as connection:
        return gate.closed(connection)


def counted(key: str = "run", hours: float = 1, **statistics: Any) -> Any:
    """A run that ended so long ago and counted so many; returns when."""
    at = ago(hours=hours)
    put(run(key, "passed", finished_at=at, result={"statistics": statistics}))
    return at


def set_aside(count: int, resource: str = "users", at: Any = None, **values: Any) -> None:
    """So many entries."""
    put(*(
        QuarantineEntry(
            resource=resource, record_id=f"q{number}", snapshot={}, children=[], emptied=[], kind="check", reason="",
            placed_by="system:sweep", placed_at=at or utcnow(), digest="", **values,
        )
        for number in range(count)
    ))  # fmt: skip


def users(count: int) -> None:
    put(*(user(f"u{number:03}") for number in range(count)))


def test_our_own_schema_opens_it() -> None:
    assert closed() is None


@pytest.mark.parametrize("found", ["older", None])
def test_another_schema_closes_it_and_says_which(found: str | None) -> None:
    ours = ", ".join(sorted(heads()))
    stranger(f"UPDATE alembic_version SET version_num = '{found}'" if found else "DELETE FROM alembic_version")
    told = closed()
    stranger("DELETE FROM alembic_version", f"INSERT INTO alembic_version VALUES ('{ours}')")
    assert told == (
        f"the database is at the revision {found or 'none'}, this program is made for {ours}; "
        "run `digisence db upgrade`, or the other version"
    )


def test_without_a_run_that_counted_there_is_no_alarm() -> None:
    put(run("open", "running"), run("broken", "errored", finished_at=utcnow()))
    assert alarm() is None


@pytest.mark.parametrize(
    ("before", "now", "rings"), [(50, 45, False), (49, 44, True), (5, 2, False), (5, 1, True), (40, 40, False)]
)
def test_more_than_a_tenth_and_more_than_a_few_ring_it(before: int, now: int, rings: bool) -> None:
    at = counted(users=before)
    users(now)
    assert alarm() == (
        f"{before - now} of {before} users are gone since {to_wire(at)}, and not to quarantine" if rings else None
    )


@pytest.mark.parametrize("name", ["businesses", "professionals"])
def test_each_table_that_others_name_is_looked_at(name: str) -> None:
    counted(**{name: 5})
    assert f"5 of 5 {name} are gone" in str(alarm())
    make = business if name == "businesses" else professional
    put(*(make(f"p{number}", None) for number in range(5)))
    assert alarm() is None


@pytest.mark.parametrize(("hours", "rings"), [(23.9, True), (24.1, False)])
def test_it_looks_back_a_day(hours: float, rings: bool) -> None:
    counted(hours=hours, users=10)
    assert bool(alarm()) is rings


def test_the_most_that_was_counted_is_what_counts() -> None:
    counted("first", 3, users=2)
    most = counted("second", 2, users=10)
    counted("third", 1, users=3)
    assert f"10 of 10 users are gone since {to_wire(most)}" in str(alarm())


def test_what_went_to_quarantine_since_is_not_lost() -> None:
    at = counted(users=10)
    set_aside(7, at=at)
    assert alarm() is None
    counted("later", 0.5, users=11)
    assert "11 of 11" in str(alarm())  # those were set aside before it counted


def test_what_came_back_or_was_never_of_this_table_is_lost() -> None:
    counted(users=10)
    set_aside(7, restored_at=utcnow())
    assert "10 of 10" in str(alarm())
    set_aside(7, "businesses")
    assert "10 of 10" in str(alarm())
    set_aside(6)
    assert "4 of 10" in str(alarm())


def test_a_run_that_counted_nothing_of_a_table_says_nothing_of_it() -> None:
    counted(businesses=0)
    assert alarm() is None
