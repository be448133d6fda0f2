"""Scratch databases: made once an engine, migrated and filled, then copied for each rule; gone afterwards."""

import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text

from ..extensions import db
from ..integrity.rule import Rule
from . import background
from .seed import Seed

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NOWHERE = "unix:///nonexistent/digisence-testing.sock"
PREFIX = "digisence_testing_"
# What an author's environment says about a product that runs must not bear on a test
SETTINGS: dict[str, Any] = {"grace": "24h", "sightings": 2, "rule_timeout": 10, "rule_keys": 100_000}


@dataclass
class Directory:
    """A scratch database in use: the application's context is that of the current thread."""

    app: Flask
    engine: str
    seed: Seed = field(default_factory=Seed)

    def found(self, rule: Rule, **settings: Any) -> set[str]:
        """The keys that a rule finds here, with these settings or its defaults."""
        from .offering import registered
        from .trial import Trial, look

        known = registered(rule)
        return set(look(Trial(known, self.engine, settings or known.about.defaults)).seen)


class Unheard:
    """Stands where changes are published from: here nobody listens, so nobody has to wait for it."""

    def __init__(self) -> None:
        self.process = os.getpid()

    def nudge(self, _patience: float = 0) -> bool:
        """Done already."""
        return True


class Template:
    """A migrated database to copy: SQLite in `folder`, or on the PostgreSQL server that `server` names.

    `server` is a URL whose role may create databases; nothing in the database it names is touched. `further` fills in
    what each copy shall hold besides.
    """

    def __init__(self, folder: Path, server: str = "", further: Callable[[], object] = lambda: None) -> None:
        self._folder, self._server, self._further = folder, _url(server), further
        self.engine = POSTGRESQL if server else SQLITE
        self._made: dict[int, str] = {}

    @contextmanager
    def copy(self, businesses: int = background.BUSINESSES) -> Iterator[Directory]:
        """A directory of its own with so many sound businesses in it."""
        if businesses not in self._made:
            self._made[businesses] = self._make(businesses)
        with self._database(self._made[businesses]) as url, opened(self._folder, url) as app:
            yield Directory(app, self.engine)

    def close(self) -> None:
        """Drop what was made on a server."""
        if self._server:
            with _maintenance(self._server) as engine, engine.connect() as connection:
                for name in self._made.values():
                    connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        self._made.clear()

    def _make(self, businesses: int) -> str:
        name = self._create()
        with opened(self._folder, self._named(name)):
            import_module("flask_migrate").upgrade()
            if businesses:
                background.fill(businesses)
            self._further()
            if self._server:
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("ANALYZE"))
        return name

    @contextmanager
    def _database(self, template: str) -> Iterator[str]:
        name = self._create(template)
        try:
            yield self._named(name)
        finally:
            if self._server:
                with _maintenance(self._server) as engine, engine.connect() as connection:
                    connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            else:
                Path(name).unlink()

    def _create(self, template: str = "") -> str:
        if not self._server:
            path = self._folder / f"{PREFIX}{uuid.uuid4().hex[:12]}.sqlite"
            if template:
                shutil.copy(template, path)
            return str(path)
        name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
        like = f"{template}" if template else "template0"
        with _maintenance(self._server) as engine, engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
        return name

    def _named(self, name: str) -> str:
        if not self._server:
            return f"sqlite:///{name}"
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)


def _url(server: str) -> str:
    head, separator, rest = server.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and head in ("postgres", "postgresql") else server


@contextmanager
def _maintenance(server: str) -> Iterator[Engine]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def opened(folder: Path, url: str) -> Iterator[Flask]:
    """An application on that database, without a Redis, its context pushed."""
    with warnings.catch_warnings():  # what our own dependencies warn of at import is no concern of an author's
        warnings.simplefilter("ignore")
        # By name: the application stands above this room
        app: Flask = import_module("digisence").create_app(
            doors=False, instance=folder, database_url=url, redis_url=NOWHERE, secret_key="testing-" * 8, **SETTINGS
        )
    app.extensions["digisence_drainer"] = Unheard()
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
