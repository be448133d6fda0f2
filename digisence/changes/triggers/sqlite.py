"""Capture on SQLite.

Triggers here cannot alter the row being written, so an AFTER trigger records the Change with the values that the row
is about to have, then brings the stored row to them: version one up where the writer left it, `updated_at` moved,
`…_ref` columns filled, times and JSON in the house's form. Two states of a row count as different when their
*settled* values differ, so that this settling is never itself taken for a change, with `recursive_triggers` on or off.

REPLACE removes rows without telling delete triggers (unless `recursive_triggers` is on): a BEFORE trigger stashes the
rows that clash with the new one by a unique key, the AFTER trigger turns those that went into Changes.
"""

from functools import cache
from typing import Any

from sqlalchemy import Boolean, Connection, Integer, Table, UniqueConstraint, text
from sqlalchemy.sql.type_api import TypeEngine

from ...models import RECORDS, Record
from ...models.change import ACTIONS, GONE, RESTORED
from ...models.types import Json, UtcTime, canonical, default_time, encode
from ...models.wire import Field, fields, public
from . import keeping

BOOKKEEPING = ("version", "updated_at")
NOW = default_time("sqlite")
WRITTEN = "(SELECT version FROM changes WHERE id = last_insert_rowid())"  # by the change captured just before
CONTEXT = (
    "coalesce((SELECT actor FROM change_context), 'external'), (SELECT request_id FROM change_context), "
    "(SELECT mutation_id FROM change_context), (SELECT transaction_id FROM change_context), "
    "(SELECT address FROM change_context)"
)

OUTBOX = f"""CREATE TRIGGER digisence_changes_outbox AFTER INSERT ON changes FOR EACH ROW
BEGIN
  INSERT INTO outbox (change_id, silent) VALUES (NEW.id, NEW.action NOT IN {ACTIONS});
END"""
COLUMNS = (
    "resource, record_id, action, version, base_version, before, after, secrets, "
    "actor, request_id, mutation_id, transaction_id, address, committed_at"
)


@cache
def generate() -> dict[str, str]:
    """Trigger name → CREATE TRIGGER statement, as sqlite_master keeps it."""
    found = {name: sql for model in RECORDS.values() for name, sql in _triggers(model)}
    return found | keeping.sqlite() | {"digisence_changes_outbox": OUTBOX}


def statements() -> list[str]:
    """What to execute to install them all."""
    return list(generate().values())


def installed(connection: Connection) -> dict[str, str]:
    """Trigger name → statement, as found in the database."""
    rows = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'digisence_%'")
    )
    return dict(tuple(row) for row in rows)


def _triggers(model: type[Record]) -> list[tuple[str, str]]:
    table = model.__tablename__
    kinds = {
        "guard_insert": (f"BEFORE INSERT ON {table}", "", _guards(model)),
        "guard_update": (f"BEFORE UPDATE ON {table}", "", _guards(model)),
        "stash_insert": (f"BEFORE INSERT ON {table}", "", _stash(model, same_id=True)),
        "stash_update": (f"BEFORE UPDATE ON {table}", f"WHEN {_keys_differ(model)}", _stash(model, same_id=False)),
        "insert": (f"AFTER INSERT ON {table}", "", _inserted(model)),
        "update": (f"AFTER UPDATE ON {table}", f"WHEN NEW.id IS OLD.id AND ({_differs(model)})", _updated(model)),
        "settle": (
            f"AFTER UPDATE ON {table}",
            f"WHEN NEW.id IS OLD.id AND NOT ({_differs(model)}) AND ({_unsettled(model)})",
            _settle(model, {}),
        ),
        "rekey": (f"AFTER UPDATE ON {table}", "WHEN NEW.id IS NOT OLD.id", _rekeyed(model)),
        "delete": (f"AFTER DELETE ON {table}", "", _deleted(model)),
    }
    found = []
    for kind, (when, condition, body) in kinds.items():
        name = f"digisence_{table}_{kind}"
        lines = "\n".join(f"  {statement};" for statement in body)
        found.append((name, f"CREATE TRIGGER {name} {when} FOR EACH ROW {condition}\nBEGIN\n{lines}\nEND"))
    return found


def _guards(model: type[Record]) -> list[str]:
    """SQLite takes any value into any column; what PostgreSQL would refuse by type is refused here."""
    found = []
    for field in fields(model):
        value = f"NEW.{field.column.name}"
        wrong = wrong_value(field.type, value)
        if wrong:
            said = f"{model.__tablename__}.{field.column.name}: {wrong[1]}"
            found.append(f"SELECT RAISE(ABORT, '{said}') WHERE {value} IS NOT NULL AND {wrong[0]}")
    return found


def wrong_value(column_type: TypeEngine[Any], value: str) -> tuple[str, str] | None:
    """SQL that is true for a value the type does not have, and what to say of it; None where anything goes."""
    if isinstance(column_type, UtcTime):
        day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
        return (
            f"({value} NOT GLOB '{day}' OR {value} < '0001' OR strftime('%s', {value}) IS NULL)",
            "write a time as 2026-01-31 12:00:00",
        )
    if isinstance(column_type, Json):
        return f"NOT json_valid({value})", "not valid JSON"
    if isinstance(column_type, Boolean):
        return f"(typeof({value}) <> 'integer' OR {value} NOT IN (0, 1))", "write a flag as 0 or 1"
    if isinstance(column_type, Integer):
        return f"typeof({value}) <> 'integer'", "not a whole number"
    return None


def settled(field: Field, row: str, model: type[Record]) -> str:
    """SQL for the value that a column of `row` (NEW or OLD) will have once settled."""
    value = f"{row}.{field.column.name}"
    if field.wire.follows:
        source = next(other for other in fields(model) if other.attribute == field.wire.follows)
        return f"coalesce({row}.{source.column.name}, {value})"
    return canonical(field.type, value, "sqlite")


def _differs(model: type[Record]) -> str:
    pairs = [
        f"{settled(field, 'NEW', model)} IS NOT {settled(field, 'OLD', model)}"
        for field in fields(model)
        if field.column.name not in (*BOOKKEEPING, "id")
    ]
    return " OR ".join(pairs)


def snapshot(model: type[Record], row: str, **replaced: str) -> str:
    """SQL for the JSON of a row's public columns by outer name; `replaced` gives columns another expression."""
    parts = []
    for field in public(model):
        value = replaced.get(field.column.name) or settled(field, row, model)
        parts.append(f"'{field.name}', {encode(field.type, value, 'sqlite')}")
    return f"json_object({', '.join(parts)})"


def _secrets(model: type[Record], old: str = "NULL") -> str:
    parts = [
        f"SELECT '{field.wire.secret}' AS name WHERE NEW.{field.column.name} IS NOT "
        f"{'NULL' if old == 'NULL' else f'OLD.{field.column.name}'}"
        for field in fields(model)
        if field.wire.secret
    ]
    if not parts:
        return "NULL"
    return f"(SELECT CASE WHEN count(*) THEN json_group_object(name, 'changed') END FROM ({' UNION ALL '.join(parts)}))"


def _capture(
    model: type[Record], record: str, action: str, version: str, base: str, before: str, after: str, secrets: str
) -> str:
    return (
        f"INSERT INTO changes ({COLUMNS}) SELECT '{model.__resource__}', {record}, {action}, {version}, {base}, "
        f"{before}, {after}, {secrets}, {CONTEXT}, {NOW}"
    )


def _action(model: type[Record], record: str, default: str) -> str:
    return f"coalesce((SELECT action FROM change_targets WHERE resource = '{model.__resource__}' AND record_id = {record}), '{default}')"


def _forms(model: type[Record]) -> dict[str, str]:
    values = {field.column.name: settled(field, "NEW", model) for field in fields(model)}
    return {column: value for column, value in values.items() if value != f"NEW.{column}"}


def _unsettled(model: type[Record]) -> str:
    return " OR ".join(f"NEW.{column} IS NOT {value}" for column, value in _forms(model).items())


def _settle(model: type[Record], values: dict[str, str]) -> list[str]:
    listed = _forms(model) | values
    assigned = ", ".join(f"{column} = {value}" for column, value in listed.items())
    needed = " OR ".join(f"{column} IS NOT {value}" for column, value in listed.items())
    return [f"UPDATE {model.__tablename__} SET {assigned} WHERE id = NEW.id AND ({needed})"]


def _inserted(model: type[Record]) -> list[str]:
    version = _first_version(model)
    after, action = snapshot(model, "NEW", version=version), _action(model, "NEW.id", "created")
    return [
        *_replaced(model, "(record_id = NEW.id OR NOT EXISTS (SELECT 1 FROM {table} WHERE id = record_id))"),
        _capture(model, "NEW.id", action, version, "NULL", "NULL", after, _secrets(model)),
        *_settle(model, {"version": WRITTEN}),
    ]


def _first_version(model: type[Record]) -> str:
    """SQL for the version that a new life of an id begins with: above all that was, but for a row that comes back."""
    mine = f"resource = '{model.__resource__}' AND record_id = NEW.id"
    last = f"SELECT before FROM changes WHERE {mine} AND action IN {GONE} ORDER BY id DESC LIMIT 1"
    back = f"EXISTS (SELECT 1 FROM change_targets WHERE {mine} AND action = '{RESTORED}') OR ({last}) IS {snapshot(model, 'NEW')}"
    return (
        f"coalesce((SELECT CASE WHEN max(version) < NEW.version OR {back} THEN NEW.version ELSE max(version) + 1 END "
        f"FROM changes WHERE {mine} HAVING count(*)), NEW.version)"
    )


def _updated(model: type[Record]) -> list[str]:
    version = "CASE WHEN NEW.version IS OLD.version THEN OLD.version + 1 ELSE NEW.version END"
    moved = canonical(model.__table__.c.updated_at.type, "NEW.updated_at", "sqlite")
    updated_at = f"CASE WHEN NEW.updated_at IS OLD.updated_at THEN {NOW} ELSE {moved} END"
    after = snapshot(model, "NEW", version=version, updated_at=updated_at)
    return [
        *_replaced(model, "NOT EXISTS (SELECT 1 FROM {table} WHERE id = record_id)"),
        _capture(
            model, "NEW.id", "'updated'", version, "OLD.version", snapshot(model, "OLD"), after, _secrets(model, "OLD")
        ),
        *_settle(model, {"version": version, "updated_at": updated_at}),
    ]


def _rekeyed(model: type[Record]) -> list[str]:
    version = _first_version(model)
    return [
        _capture(
            model, "OLD.id", "'deleted'", "OLD.version + 1", "OLD.version", snapshot(model, "OLD"), "NULL", "NULL"
        ),
        _capture(
            model, "NEW.id", "'created'", version, "NULL", "NULL", snapshot(model, "NEW", version=version), "NULL"
        ),
        *_settle(model, {"version": WRITTEN}),
    ]


def _deleted(model: type[Record]) -> list[str]:
    return [
        _capture(
            model,
            "OLD.id",
            _action(model, "OLD.id", "deleted"),
            "OLD.version + 1",
            "OLD.version",
            snapshot(model, "OLD"),
            "NULL",
            "NULL",
        ),
        f"DELETE FROM change_stash WHERE resource = '{model.__resource__}' AND record_id = OLD.id",
    ]


def _unique_keys(model: type[Record]) -> list[list[str]]:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    return [
        [column.name for column in each.columns]
        for each in sorted(table.constraints, key=str)
        if isinstance(each, UniqueConstraint)
    ]


def _keys_differ(model: type[Record]) -> str:
    columns = sorted({"id", *(name for key in _unique_keys(model) for name in key)})
    return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)


def _stash(model: type[Record], *, same_id: bool) -> list[str]:
    clashes = ["id = NEW.id"] + [
        " AND ".join(f"{column} = NEW.{column}" for column in key) for key in _unique_keys(model)
    ]
    table = model.__tablename__
    other = "" if same_id else " AND id IS NOT OLD.id"
    where = " OR ".join(f"({clash})" for clash in clashes)
    return [
        f"DELETE FROM change_stash WHERE resource = '{model.__resource__}'",
        "INSERT INTO change_stash (resource, record_id, version, before) "
        f"SELECT '{model.__resource__}', id, version, {snapshot(model, table)} FROM {table} WHERE ({where}){other}",
    ]


def _replaced(model: type[Record], gone: str) -> list[str]:
    mine = f"resource = '{model.__resource__}'"
    return [
        f"INSERT INTO changes ({COLUMNS}) SELECT resource, record_id, 'deleted', version + 1, version, before, NULL, NULL, {CONTEXT}, {NOW} "
        f"FROM change_stash WHERE {mine} AND {gone.format(table=model.__tablename__)}",
        f"DELETE FROM change_stash WHERE {mine}",
    ]
