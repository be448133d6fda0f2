"""Faults a user can mend become one sentence with the cure, whichever command meets them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from flask.cli import ScriptInfo
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from ..config import Settings, SettingsError, settings
from ..errors import Problem
from .output import FAILED, FINDINGS, USAGE, Failure

C = TypeVar("C", bound=click.Command)

MISSING_TABLE = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")
LOCKED = ("database is locked", "LockNotAvailable")
UNREACHABLE = ("OperationalError", "InterfaceError")
PROBLEM_CODES = {404: USAGE, 422: USAGE, 503: FAILED}
MENDABLE = (SettingsError, Problem, RedisError, DBAPIError)


def told(command: C) -> C:
    """`command`, its faults told in a sentence and with exit code 64 for bad usage, by whatever door."""

    def guard(step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return step(*args, **kwargs)
            except click.UsageError as error:
                error.exit_code = USAGE  # type: ignore[misc]
                raise
            except MENDABLE as error:
                context = args[0] if args and isinstance(args[0], click.Context) else None
                raise explain(error, _settings(context)) from error

        return guarded

    command.make_context = guard(command.make_context)  # type: ignore[method-assign]
    command.invoke = guard(command.invoke)  # type: ignore[method-assign]
    return command


def _settings(context: click.Context | None) -> Settings | None:
    info = context.find_object(ScriptInfo) if context else None
    try:
        return settings(info.load_app()) if info else None
    except SettingsError:
        return None


def explain(error: Exception, chosen: Settings | None) -> Exception:
    """`error` as a Failure with the cure; itself when it is none that a user could mend."""
    if isinstance(error, SettingsError):
        return Failure(str(error), USAGE)
    if isinstance(error, Problem):
        listed = "".join(f" {field}: {message.rstrip('.')}." for field, message in error.fields.items())
        return Failure(error.detail + listed, PROBLEM_CODES.get(error.status, FINDINGS))
    if isinstance(error, RedisError):
        where = chosen.redis_url if chosen else "REDIS_URL"
        return Failure(
            f"Redis at {_hidden(where)} does not answer ({_first_line(error)}). "
            "Start `digisence up`, which runs one of its own, or set REDIS_URL to a server that runs.",
            FAILED,
        )
    return _database(error, chosen) if isinstance(error, DBAPIError) else error


def _database(error: DBAPIError, chosen: Settings | None) -> Exception:
    said = f"{type(error.orig).__name__}: {error.orig}"
    if any(word in said for word in MISSING_TABLE):
        return Failure("The database lacks tables of this version. Run `digisence db upgrade`.", FAILED)
    if any(word in said for word in LOCKED):
        return Failure("Another process holds the database's write lock. Try again when it is done.", FAILED)
    if not any(word in said for word in UNREACHABLE):
        return error
    where = _hidden(chosen.database_url) if chosen else "DATABASE_URL"
    return Failure(
        f"The database {where} does not answer ({_first_line(error.orig)}). "
        "Start it, or set DATABASE_URL to one that runs; `digisence doctor` checks both.",
        FAILED,
    )


def _hidden(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True) if "@" in url else url


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]
