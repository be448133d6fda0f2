"""The triggers that capture changes: generated from the models, installed by migrations, compared by the doctor."""

from types import ModuleType

from sqlalchemy import Connection, text

from . import postgresql, sqlite

PREFIX = "digisence_"
DIALECTS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def install(connection: Connection) -> None:
    """Put the triggers in place within the connection's transaction; older ones of ours go first."""
    drop(connection)
    for statement in DIALECTS[connection.dialect.name].statements():
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def drop(connection: Connection) -> None:
    """Take every trigger (and trigger function) of ours away."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%'")
        )
        for (name,) in rows.all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    rows = connection.execute(
        text(
            f"SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proname LIKE '{PREFIX}%' AND pg_function_is_visible(p.oid)"
        )
    )
    for (name,) in rows.all():
        connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")


def verify(connection: Connection) -> list[str]:
    """What is wrong with the installed triggers, a sentence each; empty when changes are captured as designed."""
    module = DIALECTS[connection.dialect.name]
    expected, found = module.generate(), module.installed(connection)
    faults = [f"trigger {name} is missing" for name in expected.keys() - found.keys()]
    faults += [
        f"trigger {name} differs from the generated one"
        for name in expected.keys() & found.keys()
        if expected[name] != found[name]
    ]
    return sorted(faults)


__all__ = ["drop", "install", "verify"]
