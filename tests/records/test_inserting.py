"""Rows that go in many at once are what they were told to be, to the last character."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.changes import unit_of_work
from digisence.extensions import db
from digisence.models import Change, Professional
from digisence.records import bulk
from digisence.records.tables import table
from tests.records.conftest import ME

TEXTS = ("quote ' and \" and \\", "line\nbreak\r\n\ttab", "😀 e\u0301 \u2028", "12", "null", "[1]", "", "\\u0041")
VALUES: tuple[Any, ...] = (None, "text", "[1]", "", 0, 1.5, 2**53 + 1, True, [], {"a": [None, "\\", "😀"]})
MOMENT = "2026-01-02T03:04:05.678Z"


def put(names: tuple[str, ...], values: tuple[Any, ...]) -> list[Any]:
    columns = table(Professional).c
    rows = [
        {
            "id": f"p{place:03}",
            "name": name,
            "skills": values[place % len(values)],
            "created_at": MOMENT,
            "is_active": True,
        }
        for place, name in enumerate(names)
    ]
    with unit_of_work(ME) as session:
        bulk.insert(session, table(Professional), rows)
    with db.engine.connect() as connection:
        found = connection.execute(select(columns.name, columns.skills, columns.is_active).order_by(columns.id)).all()
        assert [tuple(row) for row in found] == [(row["name"], row["skills"], True) for row in rows]
        return [after["createdAt"] for after in connection.scalars(select(Change.after).order_by(Change.id))]


def test_texts_and_json_go_in_as_they_are(app: Flask) -> None:
    names = tuple(text for text in TEXTS for _ in VALUES)
    assert put(names, VALUES) == [MOMENT] * len(names)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # PostgreSQL has no such texts
def test_a_text_does_not_end_at_its_nul(app: Flask) -> None:
    put(("before\0after", "\0"), ({"a": "\0"}, None))
