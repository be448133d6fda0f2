"""Capture on PostgreSQL: a BEFORE trigger settles the row (version, updated_at, `…_ref`), an AFTER trigger records it.

Each captured table has its own two functions, generated from its declarations. NOTIFY wakes the relay; its payload is
empty, so a transaction of ten thousand rows sends one.
"""

from functools import cache

from sqlalchemy import Connection, text

from ...models import RECORDS, Record
from ...models.change import ACTIONS, GONE, RESTORED
from ...models.types import UtcTime, encode
from ...models.wire import fields, public
from . import keeping

BOOKKEEPING = ("version", "updated_at")
CHANNEL = "digisence_changes"

RECORD = f"""CREATE FUNCTION digisence_record(resource text, record_id text, action text, version integer, base_version integer,
  before jsonb, after jsonb, secrets jsonb) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
  born bigint;
  named text;
BEGIN
  IF current_setting('digisence.targets', true) = 'on' AND action IN ('created', 'deleted') THEN
    SELECT t.action INTO named FROM change_targets t WHERE t.resource = digisence_record.resource AND t.record_id = digisence_record.record_id;
  END IF;
  INSERT INTO changes (resource, record_id, action, version, base_version, before, after, secrets, actor, address,
    request_id, mutation_id, transaction_id, committed_at)
  VALUES (resource, record_id, coalesce(named, action), version, base_version, before, after, secrets,
    coalesce(NULLIF(current_setting('digisence.actor', true), ''), 'external'), NULLIF(current_setting('digisence.address', true), ''),
    NULLIF(current_setting('digisence.request_id', true), ''), NULLIF(current_setting('digisence.mutation_id', true), ''),
    pg_current_xact_id()::text, clock_timestamp()) RETURNING id INTO born;
  INSERT INTO outbox (change_id, silent) VALUES (born, action NOT IN {ACTIONS});
  RETURN CASE WHEN pg_notify('{CHANNEL}', '') IS NULL THEN 0 ELSE born END; -- an expression: PERFORM would cost a query
END $body$"""

FIRST_VERSION = f"""CREATE FUNCTION digisence_first_version(resource text, record_id text, version integer, state jsonb)
  RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
  known integer;
  last jsonb;
BEGIN
  SELECT max(c.version) INTO known FROM changes c
  WHERE c.resource = digisence_first_version.resource AND c.record_id = digisence_first_version.record_id;
  IF known < version THEN RETURN version; END IF;
  IF current_setting('digisence.targets', true) = 'on' AND EXISTS (SELECT FROM change_targets t
    WHERE t.resource = digisence_first_version.resource AND t.record_id = digisence_first_version.record_id
    AND t.action = '{RESTORED}')
  THEN RETURN version; END IF;
  SELECT c.before INTO last FROM changes c
  WHERE c.resource = digisence_first_version.resource AND c.record_id = digisence_first_version.record_id
    AND c.action IN {GONE} ORDER BY c.id DESC LIMIT 1;
  RETURN CASE WHEN last = state THEN version ELSE known + 1 END;
END $body$"""

REFUSE = """CREATE FUNCTION digisence_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'TRUNCATE % is refused: it would remove records without a trace', TG_TABLE_NAME
    USING HINT = 'Delete the rows instead: each deletion is recorded and can be undone.';
END $body$"""


@cache
def _functions() -> dict[str, str]:
    found = {"digisence_record": RECORD, "digisence_first_version": FIRST_VERSION, "digisence_refuse_truncate": REFUSE}
    found |= keeping.postgresql_functions()
    for model in RECORDS.values():
        found[f"digisence_{model.__tablename__}_settle"] = _settle(model)
        found[f"digisence_{model.__tablename__}_capture"] = _capture(model)
    return found


@cache
def _triggers() -> dict[str, str]:
    found = keeping.postgresql_triggers()
    for model in RECORDS.values():
        table = model.__tablename__
        for kind, when, function in (
            ("settle", f"BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW", f"digisence_{table}_settle"),
            ("capture", f"AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW", f"digisence_{table}_capture"),
            ("truncate", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "digisence_refuse_truncate"),
        ):
            name = f"digisence_{table}_{kind}"
            found[name] = f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()"
    return found


def statements() -> list[str]:
    """What to execute to install them all."""
    return [*_functions().values(), *_triggers().values()]


@cache
def generate() -> dict[str, str]:
    """Name → what `installed` should find: a function's body, or a trigger's state."""
    bodies = {f"{name}()": sql.split("$body$")[1] for name, sql in _functions().items()}
    return bodies | dict.fromkeys(_triggers(), "enabled")


def installed(connection: Connection) -> dict[str, str]:
    """Name → body or state, as found in the database."""
    functions = connection.execute(
        text(
            "SELECT proname || '()', prosrc FROM pg_proc WHERE proname LIKE 'digisence_%' AND pg_function_is_visible(oid)"
        )
    )
    triggers = connection.execute(
        text(
            "SELECT t.tgname, CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'disabled' ELSE 'enabled' END "
            "FROM pg_trigger t WHERE t.tgname LIKE 'digisence_%' AND pg_table_is_visible(t.tgrelid)"
        )
    )
    return dict(tuple(row) for row in [*functions, *triggers])


def _settle(model: type[Record]) -> str:
    lines = [
        f"IF NOT (NEW.{field.column.name} BETWEEN '0001-01-01' AND '9999-12-31') THEN "
        f"RAISE EXCEPTION '{model.__tablename__}.{field.column.name}: a time lies in the years 1 to 9999' "
        "USING ERRCODE = 'datetime_field_overflow'; END IF;"
        for field in fields(model)
        if isinstance(field.type, UtcTime)
    ]
    for field in fields(model):
        if field.wire.follows:
            source = next(other.column.name for other in fields(model) if other.attribute == field.wire.follows)
            lines.append(f"NEW.{field.column.name} := coalesce(NEW.{source}, NEW.{field.column.name});")
    name, body = model.__resource__, "\n  ".join(lines)
    return f"""CREATE FUNCTION digisence_{model.__tablename__}_settle() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  {body}
  IF NEW.id IS DISTINCT FROM OLD.id THEN
    IF EXISTS (SELECT FROM changes c WHERE c.resource = '{name}' AND c.record_id = NEW.id) THEN
      NEW.version := digisence_first_version('{name}', NEW.id, NEW.version, {_snapshot(model, "NEW")});
    END IF;
  ELSIF {_differs(model)} THEN
    IF NEW.version IS NOT DISTINCT FROM OLD.version THEN NEW.version := OLD.version + 1; END IF;
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN NEW.updated_at := clock_timestamp(); END IF;
  END IF;
  RETURN NEW;
END $body$"""


def _differs(model: type[Record]) -> str:
    names = [field.column.name for field in fields(model) if field.column.name not in BOOKKEEPING]
    return f"({', '.join(f'NEW.{name}' for name in names)}) IS DISTINCT FROM ({', '.join(f'OLD.{name}' for name in names)})"


def _snapshot(model: type[Record], row: str) -> str:
    parts = [
        f"'{field.name}', {encode(field.type, f'{row}.{field.column.name}', 'postgresql')}" for field in public(model)
    ]
    return f"jsonb_build_object({', '.join(parts)})"


def _secrets(model: type[Record], old: bool) -> str:
    parts = [
        f"CASE WHEN NEW.{field.column.name} IS DISTINCT FROM {f'OLD.{field.column.name}' if old else 'NULL'} "
        f"THEN jsonb_build_object('{field.wire.secret}', 'changed') ELSE '{{}}'::jsonb END"
        for field in fields(model)
        if field.wire.secret
    ]
    return f"NULLIF({' || '.join(parts)}, '{{}}'::jsonb)" if parts else "NULL"


def _capture(model: type[Record]) -> str:
    name = model.__resource__
    new, old = _snapshot(model, "NEW"), _snapshot(model, "OLD")
    removed = f"born := digisence_record('{name}', OLD.id, 'deleted', OLD.version + 1, OLD.version, {old}, NULL, NULL);"
    created = f"born := digisence_record('{name}', NEW.id, 'created', NEW.version, NULL, NULL, {new}, {_secrets(model, False)});"
    return f"""CREATE FUNCTION digisence_{model.__tablename__}_capture() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  born bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    {created}
  ELSIF TG_OP = 'DELETE' THEN
    {removed}
  ELSIF NEW.id <> OLD.id THEN
    {removed}
    {created}
  ELSIF {_differs(model)} THEN
    born := digisence_record('{name}', NEW.id, 'updated', NEW.version, OLD.version, {old}, {new}, {_secrets(model, True)});
  END IF;
  RETURN NULL;
END $body$"""
