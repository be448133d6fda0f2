"""A large directory with known defects, filled by a few statements; the triggers are away meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, Engine, Index, Table, func, select, text

from digisence.changes import tally, triggers
from digisence.models import RECORDS, Business, Professional, User

USER, BUSINESS, PROFESSIONAL = 1, 2, 3  # a part of each id, so that no two kinds share one
SCATTER, TAIL = 2654435761, 2**48 - 1
BEGINS_MS, APART_MS = 1_577_836_800_000, 60_000  # one user a minute from 2020 on


@dataclass(frozen=True)
class Shape:
    """How many there are of each. Users with a profile come first, then orphans, then superadmins."""

    users: int
    businesses: int
    professionals: int
    orphans: int
    missing: int

    @property
    def profiles(self) -> int:
        """Of either kind."""
        return self.businesses + self.professionals

    def with_missing(self, first: int, count: int) -> int:
        """How many of the `count` profiles from number `first` on lack their admin: the last of each kind."""
        share = self.missing * self.businesses // self.profiles
        return share if first == 0 and count == self.businesses else self.missing - share

    @property
    def superadmins(self) -> int:
        """Whoever is left: a SUPER_ADMIN needs no profile."""
        return self.users - self.orphans - (self.profiles - self.missing)


GOAL = Shape(1_000_000, 700_000, 290_000, 10_000, 1_000)


def scaled(users: int) -> Shape:
    """The same proportions for so many users."""
    rest = (GOAL.businesses, GOAL.professionals, GOAL.orphans, GOAL.missing)
    return Shape(users, *(max(1, count * users // GOAL.users) for count in rest))


def fill(engine: Engine, shape: Shape) -> None:
    """Fill an empty, migrated database; tallies and the planner's statistics are made, too."""
    dialect = engine.dialect.name
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        triggers.drop(connection)
        with _without_indexes(connection):
            for statement in _statements(dialect, shape):
                connection.execute(text(statement))
        triggers.install(connection)
    if dialect == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
    for resource in RECORDS:
        tally.verify(engine, resource)


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    tables: list[Table] = [model.__table__ for model in (User, Business, Professional)]  # type: ignore[misc]
    indexes: list[Index] = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _statements(dialect: str, shape: Shape) -> Iterator[str]:
    linked = shape.profiles - shape.missing
    lacking = shape.with_missing(0, shape.businesses)
    role = (
        f"CASE WHEN n < {shape.businesses - lacking} OR n >= {linked} AND n % 3 < 2 THEN 'BUSINESS_ADMIN' "
        "ELSE 'PROFESSIONAL_ADMIN' END"
    )
    role = f"CASE WHEN n >= {linked + shape.orphans} THEN 'SUPER_ADMIN' ELSE {role} END"
    user, moment = identity(dialect, USER), _moment(dialect)
    yield (
        "INSERT INTO users (id, created_at, updated_at, version, email, name, role, is_active, must_change_password) "
        f"SELECT {user}, {moment}, {moment}, 1, 'user' || n || '@example.org', 'User ' || n, {role}, true, false "
        f"FROM {_numbers(dialect, shape.users)}"
    )
    begins = 0
    for kind, name, count in (
        (BUSINESS, "businesses", shape.businesses), (PROFESSIONAL, "professionals", shape.professionals),
    ):  # fmt: skip
        led = count - shape.with_missing(begins, count)
        admin = f"CASE WHEN n < {led} THEN {identity(dialect, USER, f'(n + {begins})')} END"
        yield (
            f"INSERT INTO {name} (id, created_at, updated_at, version, name, slug, phone, email, website, is_active, "
            f"admin_id, admin_ref) SELECT {identity(dialect, kind)}, {moment}, {moment}, 1, 'Profile ' || n, "
            f"'profile-' || n, '+91 22 ' || n, 'contact' || n || '@example.org', 'https://example.org/' || n, true, "
            f"{admin}, {admin} FROM {_numbers(dialect, count)}"
        )
        begins += led


def identity(dialect: str, kind: int, number: str = "n") -> str:
    """SQL for the id of the record of that number: the form and the order of a UUIDv7, without its chance."""
    stamp, tail = f"({BEGINS_MS} + {number} * {APART_MS})", f"(({number} * {SCATTER}) & {TAIL})"
    if dialect == "sqlite":
        return f"printf('%08x-%04x-7%03x-8000-%012x', {stamp} >> 16, {stamp} & 65535, {kind}, {tail})"
    return (
        f"lpad(to_hex({stamp} >> 16), 8, '0') || '-' || lpad(to_hex({stamp} & 65535), 4, '0') || "
        f"'-7{kind:03x}-8000-' || lpad(to_hex({tail}), 12, '0')"
    )


def _moment(dialect: str) -> str:
    stamp = f"({BEGINS_MS} + n * {APART_MS}) / 1000"
    if dialect == "postgresql":
        return f"to_timestamp({stamp})"
    return f"strftime('%Y-%m-%d %H:%M:%f', {stamp}, 'unixepoch')"


def _numbers(dialect: str, count: int) -> str:
    if dialect == "postgresql":
        return f"generate_series(0::bigint, {count - 1}) AS numbers(n)"
    return (
        f"(WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1}) "
        "SELECT n FROM numbers)"
    )


def some(engine: Engine, model: type[User | Business | Professional], count: int) -> list[str]:
    """The ids of `count` records, evenly over all of them."""
    with engine.connect() as connection:
        total = connection.scalar(select(func.count()).select_from(model)) or 0
        query = select(model.id).order_by(model.id).execution_options(stream_results=True, yield_per=1000)
        return list(islice(connection.scalars(query), 0, count * max(1, total // count), max(1, total // count)))
