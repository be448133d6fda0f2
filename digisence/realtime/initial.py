"""`initial`: the whole directory, or its numbers, from one snapshot, in parts that keep memory flat."""

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, select

from ..changes import tally
from ..extensions.sse import Position
from ..models import RECORDS
from ..models.wire import camel, dump
from . import protocol

PART_ROWS = 500
Topics = frozenset[str] | None


def key_of(resource: str) -> str:
    """The name of a resource in `data`: `business-listing-inquiries` → `businessListingInquiries`."""
    return camel(resource.replace("-", "_"))


def counts(connection: Connection, resources: Iterable[str] | None = None) -> dict[str, int]:
    """How many records each resource has, by its name in `data`; kept counts, exact in what `connection` sees."""
    kept = tally.counts(connection, None if resources is None else frozenset(resources))
    return {key_of(resource): count for resource, count in kept.items()}


def _counted(connection: Connection, topics: Topics) -> dict[str, int]:
    """The same, counted: how many parts there are must hold even where a kept count has drifted."""
    asked = [resource for resource in RECORDS if topics is None or resource in topics]
    return {key_of(resource): tally.true_count(connection, resource) for resource in asked}


def frames(engine: Engine, mode: str, topics: Topics, position: Position) -> Generator[bytes]:
    """The `initial` messages for `mode` (`full`, `counts`, `none`); only the last carries `position` as its id.

    The snapshot begins after `position` was read, so it holds at least all up to it.
    """
    if mode == "none":
        return
    with engine.connect().execution_options(**_snapshot(engine)) as connection:
        if mode == "counts":
            yield protocol.message("initial", {"data": counts(connection, topics)}, position=position)
            return
        numbers = _counted(connection, topics)
        parts = max(1, -(-sum(numbers.values()) // PART_ROWS))
        with closing(_parts(connection, topics, numbers)) as found:
            for part, data in enumerate(found, start=1):
                told = {"part": part, "parts": parts} if parts > 1 else {}
                yield protocol.message("initial", {**told, "data": data}, position=position if part == parts else None)


def _snapshot(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {}  # a read transaction is a snapshot by itself
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _parts(connection: Connection, topics: Topics, numbers: dict[str, int]) -> Generator[dict[str, list[Any]]]:
    """Records in parts of PART_ROWS; the first part names every resource asked for."""
    data: dict[str, list[Any]] = {key: [] for key in numbers}
    held = 0
    with closing(_records(connection, topics)) as records:
        for key, record in records:
            if held == PART_ROWS:
                yield data
                data, held = {}, 0
            data.setdefault(key, []).append(record)
            held += 1
    yield data


def _records(connection: Connection, topics: Topics) -> Generator[tuple[str, dict[str, Any]]]:
    for resource, model in RECORDS.items():
        if topics is None or resource in topics:
            query = select(*model.__table__.columns).order_by(model.id)
            with closing(connection.execution_options(yield_per=PART_ROWS).execute(query)) as rows:
                for row in rows:
                    yield key_of(resource), dump(model, row)
