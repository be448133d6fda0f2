"""Alembic through Flask-Migrate; the scripts live inside the package, so an installed product can migrate."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import Connection

from .db import db

DIRECTORY = str(Path(__file__).parent.parent / "migrations")


class Migrations(Migrate):  # type: ignore[misc]
    """Flask-Migrate bound to our database and folder."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`."""
        super().init_app(app, db, directory=DIRECTORY)


@cache
def heads() -> frozenset[str]:
    """The revisions that this program is made for."""
    return frozenset(ScriptDirectory(DIRECTORY).get_heads())


def standing(connection: Connection) -> frozenset[str]:
    """The revisions that the database is at; none before the first migration."""
    return frozenset(MigrationContext.configure(connection).get_current_heads())


migrate = Migrations()
