"""Alembic's door. Triggers are taken away before a migration and put back after it, in the same transaction, so that
moving a table neither writes a Change nor leaves a table uncaptured.

SQLite migrates on a connection of its own with foreign keys off, set before the transaction: rebuilding a table with
them on would empty every reference to it. What `foreign_key_check` finds after that was not there before fails it.
"""

from collections import Counter
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, inspect, text

from digisence.changes import triggers
from digisence.extensions import db
from digisence.models import RECORDS


def configure(connection: Connection) -> None:
    """Common options of every run."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        transaction_per_migration=False,
        **{**current_app.extensions["migrate"].configure_args, "render_as_batch": connection.dialect.name == "sqlite"},
    )
    context.run_migrations()


def violations(connection: Connection) -> Counter[tuple[str, str]]:
    """How many rows of a table point to a row of another that is not there, by (table, other). Row numbers may move."""
    return Counter((row[0], row[2]) for row in connection.execute(text("PRAGMA foreign_key_check")))


def captured(connection: Connection) -> bool:
    """True when every captured table and the tables that captures write to stand."""
    names = set(inspect(connection).get_table_names())
    return {"changes", "outbox", "change_targets", *(model.__tablename__ for model in RECORDS.values())} <= names


def move(connection: Connection) -> None:
    """Triggers off, migrate, triggers on."""
    triggers.drop(connection)
    configure(connection)
    if captured(connection):
        triggers.install(connection)


def migrate_sqlite(engine: Engine) -> None:
    """One transaction with foreign keys off."""
    with engine.connect().execution_options(writes=True) as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                before = violations(connection)
                move(connection)
                fresh = violations(connection) - before
                if fresh:
                    raise RuntimeError(f"the migration would leave references that lead nowhere: {dict(fresh)}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def migrate(engine: Engine) -> None:
    """Run the migrations in one transaction."""
    if engine.dialect.name == "sqlite":
        migrate_sqlite(engine)
    else:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('digisence.migrations'))"))
            move(connection)


if context.is_offline_mode():
    raise SystemExit("migrations need the database: run `digisence db upgrade` with DATABASE_URL set")
migrate(db.engine)
