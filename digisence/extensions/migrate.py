"""Alembic through Flask-Migrate; the scripts live inside the package, so an installed product can migrate."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from .db import db

DIRECTORY = str(Path(__file__).parent.parent / "migrations")


class Migrations(Migrate):  # type: ignore[misc]
    """Flask-Migrate bound to our database and folder."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`."""
        super().init_app(app, db, directory=DIRECTORY)


migrate = Migrations()
