"""`digisence db`: the migrations of Flask-Migrate, whose `upgrade` says what it did."""

from typing import Any

import click
from flask.cli import with_appcontext
from flask_migrate.cli import db as migrations

from ..extensions.db import db
from ..extensions.migrate import standing
from .output import emit

_original = migrations.commands["upgrade"]


def _revision() -> str | None:
    with db.engine.connect() as connection:
        return ", ".join(sorted(standing(connection))) or None


def _run(options: dict[str, Any]) -> None:
    assert _original.callback is not None  # noqa: S101
    _original.callback(**options)


@with_appcontext
def _upgrade(as_json: bool, **options: Any) -> None:
    if options["sql"]:  # it prints what it would do, and touches no database
        _run(options)
        return
    before = _revision()
    _run(options)
    after = _revision()
    if as_json:
        emit({"before": before, "after": after})
    elif before == after:
        click.echo(f"Nothing to do: the database is at {after}.")
    else:
        click.echo(f"The database is at {after}; it was {f'at {before}' if before else 'empty'}.")


_json = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON instead of a sentence.")
upgrade = click.Command("upgrade", callback=_upgrade, params=[*_original.params, _json], help=_original.help)
group = click.Group(
    "db", commands={**migrations.commands, "upgrade": upgrade}, callback=migrations.callback, params=migrations.params,
    help=migrations.help,
)  # fmt: skip
