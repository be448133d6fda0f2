"""A look leaves nothing behind on the connection it was given."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from digisence.extensions import db
from digisence.integrity.reading import snapshot

pytestmark = pytest.mark.usefixtures("inside")


def test_what_a_rule_sets_for_the_session_does_not_last(engine_name: str) -> None:
    if engine_name == "sqlite":
        ask, wanted = text("PRAGMA query_only"), 0
    else:
        ask, wanted = text("SELECT current_setting('work_mem')"), "4MB"
    db.engine.dispose()  # one connection, met again
    with snapshot(5) as connection:
        if engine_name == "postgresql":
            connection.execute(text("SELECT set_config('work_mem', '64kB', false)"))
        else:
            assert connection.scalar(ask) == 1
    with db.engine.connect() as connection:
        assert connection.scalar(ask) == wanted


def test_a_look_that_writes_fails_and_the_next_writer_is_not_hindered() -> None:
    statement = text("DELETE FROM users")
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), snapshot(5) as connection:
        connection.execute(statement)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE users SET name = name"))
