"""A locked row is held still; one that somebody else holds can be left out."""

from flask import Flask
from sqlalchemy import text

from digisence.changes import unit_of_work
from digisence.extensions import db
from digisence.models import User
from digisence.records.locks import lock
from tests.records.conftest import ME, user


def test_the_ids_that_exist_are_locked_in_order(app: Flask) -> None:
    ids = sorted(user(f"u{number}@example.org").id for number in range(3))
    with unit_of_work(ME) as session:
        assert lock(session, User, [*reversed(ids), "nobody"]) == ids


def test_a_row_that_somebody_holds_is_left_out_on_postgresql(app: Flask, engine_name: str) -> None:
    ids = sorted(user(f"u{number}@example.org").id for number in range(2))
    with db.engine.connect() as other:
        if engine_name == "postgresql":
            other.execute(text("SELECT id FROM users WHERE id = :id FOR UPDATE"), {"id": ids[0]})
        with unit_of_work(ME) as session:
            held = lock(session, User, ids, skip_locked=True)
    assert held == (ids[1:] if engine_name == "postgresql" else ids)
