"""Alembic through Flask-Migrate; the scripts live inside the package, so an installed product can migrate."""

from functools import cache, partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection
from werkzeug.local import LocalProxy

from .db import db

DIRECTORY = str(Path(__file__).parent.parent / "migrations")


class Migrations:
    """Flask-Migrate bound to our database and folder, loaded with Alembic when somebody asks for it."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`."""
        app.extensions["migrate"] = LocalProxy(partial(_bound, app))


def _bound(app: Flask) -> Any:
    from flask_migrate import Migrate

    Migrate(app, db, directory=DIRECTORY)
    return app.extensions["migrate"]


@cache
def heads() -> frozenset[str]:
    """The revisions that this program is made for."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(DIRECTORY).get_heads())


def standing(connection: Connection) -> frozenset[str]:
    """The revisions that the database is at; none before the first migration."""
    from alembic.runtime.migration import MigrationContext

    return frozenset(MigrationContext.configure(connection).get_current_heads())


migrate = Migrations()
