"""`initial` is one snapshot, in parts, with flat memory."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain, waiting
from digisence.extensions import db
from digisence.extensions.sse import Position
from digisence.models import RECORDS, Business
from digisence.models.wire import dump
from digisence.realtime import initial
from tests import outsider

POSITION = Position(5, 1)


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    with app.app_context():
        yield db.engine


def businesses(count: int, **values: Any) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.add_all(Business(id=f"b{number:05}", name=f"Business {number}", **values) for number in range(count))


def told(frame: bytes) -> tuple[str | None, Any]:
    *first, data = frame.decode().strip().split("\n")
    return (first[0].removeprefix("id: ") if first else None), json.loads(data.removeprefix("data: "))


def test_an_empty_directory_is_one_message_with_every_resource(engine: Engine) -> None:
    [(position, message)] = map(told, initial.frames(engine, "full", None, POSITION))

    assert position == "5-1"
    assert message["data"] == {initial.key_of(resource): [] for resource in RECORDS}
    assert "parts" not in message


def test_records_have_their_public_form(engine: Engine) -> None:
    businesses(1, opening_hours={"mon": [9, 17]})

    [(_, message)] = map(told, initial.frames(engine, "full", frozenset({"businesses"}), POSITION))

    with db.engine.connect() as connection:
        row = connection.execute(Business.__table__.select()).one()
    assert message["data"] == {"businesses": [json.loads(json.dumps(dump(Business, row)))]}


@pytest.mark.parametrize(("count", "parts"), [(500, 1), (501, 2), (1000, 2), (1001, 3)])
def test_parts_are_counted_before_the_first_is_sent(engine: Engine, count: int, parts: int) -> None:
    businesses(count)

    found = [told(frame) for frame in initial.frames(engine, "full", None, POSITION)]

    assert [message.get("parts", 1) for _, message in found] == [parts] * parts
    assert [position for position, _ in found] == [None] * (parts - 1) + ["5-1"]
    assert sum(len(message["data"].get("businesses", [])) for _, message in found) == count


def test_what_others_write_between_two_parts_is_not_in_it(engine: Engine, database: str) -> None:
    businesses(1200)
    frames = initial.frames(engine, "full", None, POSITION)
    first = told(next(frames))[1]
    outsider.write(
        database,
        "UPDATE businesses SET name = 'written meanwhile'",
        "DELETE FROM businesses WHERE id > 'b01000'",
        "INSERT INTO businesses (id, name) VALUES ('z', 'new')",
    )

    found = [
        record for message in (first, *(told(frame)[1] for frame in frames)) for record in message["data"]["businesses"]
    ]

    assert [record["id"] for record in found] == [f"b{number:05}" for number in range(1200)]
    assert not [record for record in found if record["name"] == "written meanwhile"]


def test_a_reader_who_leaves_in_the_middle_leaves_no_connection_behind(engine: Engine) -> None:
    businesses(1200)
    for _ in range(30):
        frames = initial.frames(engine, "full", None, POSITION)
        next(frames)
        frames.close()

    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_counts_and_none(engine: Engine) -> None:
    businesses(3)

    [(position, message)] = map(
        told, initial.frames(engine, "counts", frozenset({"businesses", "users", "job"}), POSITION)
    )

    assert (position, message["data"]) == ("5-1", {"users": 0, "businesses": 3})
    assert list(initial.frames(engine, "none", None, POSITION)) == []


def test_memory_stays_flat(engine: Engine) -> None:
    def peak() -> int:
        while waiting(db.engine):  # the drain that the commit began takes memory too
            drain()
        tracemalloc.start()
        for _ in initial.frames(engine, "full", None, POSITION):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    businesses(1000)
    peak()  # what is made once
    few = peak()
    with unit_of_work(Context("system:test")) as unit:
        unit.add_all(Business(id=f"c{number:05}", name=f"Business {number}") for number in range(3000))

    assert peak() < few * 1.3
