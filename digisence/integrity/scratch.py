"""Trying the product where nothing can be lost: a scratch database, in a child process that knows no address of ours.

On PostgreSQL that is a database of its own on the same server, if we may make one, so that what is tried is what runs;
else a SQLite file. Either is made for the purpose, refused unless it is empty, and gone afterwards.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from ..extensions import db
from .isolation import environment

log = structlog.get_logger(__name__)

LIMIT_SECONDS = 240.0
NOWHERE = "unix:///nonexistent/digisence-scratch.sock"
PREFIX = "digisence_scratch_"
TOLD = 2000  # characters of a child's last words that are worth telling

Part = tuple[str, Callable[[], str]]


def tried(module: str, facts: Mapping[str, Any], database: str = "", seconds: float = LIMIT_SECONDS) -> dict[str, Any]:
    """`{"success", "results": [{"name", "success", "detail", "seconds"}]}`: the parts that `module` makes of `facts`.

    `database` is the URL of an empty one; default a SQLite file. With `error` when the child did not come to its end.
    """
    with tempfile.TemporaryDirectory(prefix="digisence-scratch-") as folder:
        question = json.dumps({"module": module, "facts": dict(facts), "database": database, "folder": folder})
        command = [sys.executable, "-c", f"from {__name__} import main; main()"]
        try:
            done = subprocess.run(  # noqa: S603 our own module by our own interpreter
                command, env=environment(), cwd=folder, input=question, capture_output=True, text=True,
                timeout=seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"success": False, "results": [], "error": f"it took longer than {seconds:g} s and was stopped"}
    if done.returncode:
        said = done.stderr.strip()[-TOLD:] or "it said nothing"
        return {"success": False, "results": [], "error": f"its process ended with code {done.returncode}: {said}"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextmanager
def database() -> Iterator[tuple[str, str]]:
    """The URL of an empty database like the one in use, and where that is in words. Dropped at the end."""
    if db.engine.dialect.name == "sqlite":
        yield "", "SQLite"
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = _create(connection)
        if name is None:
            yield "", "SQLite, because the role in DATABASE_URL may not create a database on its server"
            return
        try:
            yield db.engine.url.set(database=name).render_as_string(hide_password=False), "PostgreSQL"
        finally:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _create(connection: Connection) -> str | None:
    """A new database; None where we may not. Those that a killed process left behind go first."""
    ours = f"{PREFIX}{hashlib.sha256(str(db.engine.url).encode()).hexdigest()[:8]}_"
    left = text("SELECT datname FROM pg_database WHERE starts_with(datname, :ours)")
    for old in connection.scalars(left, {"ours": ours}).all():
        connection.execute(text(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)"))
    name = f"{ours}{time.time_ns():x}"
    try:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    except DBAPIError as error:
        log.info("no scratch database on this server", why=str(error.orig).strip())
        return None
    return name


def _answer(question: Mapping[str, Any]) -> dict[str, Any]:
    module = import_module(question["module"])
    # By name: the application stands above this room
    app = import_module("digisence").create_app(
        doors=False, instance=Path(question["folder"]), database_url=question["database"], redis_url=NOWHERE,
        secret_key="scratch-" * 8, **module.settings(question["facts"]),
    )  # fmt: skip
    with app.app_context():
        if inspect(db.engine).get_table_names():
            raise SystemExit("the scratch database is not empty: nothing is tried on a database in use")
        import_module("flask_migrate").upgrade()
        parts: Sequence[Part] = module.parts(question["facts"])
        results = [_try(name, part) for name, part in parts]
        db.session.remove()
        db.engine.dispose()
    return {"success": all(result["success"] for result in results), "results": results}


def _try(name: str, part: Callable[[], str]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        success, detail = True, part()
    except Exception as error:  # noqa: BLE001 a part that fails is what is asked for
        success, detail = False, str(error) if isinstance(error, Unexpected) else f"{type(error).__name__}: {error}"
    return {"name": name, "success": success, "detail": detail, "seconds": round(time.monotonic() - started, 3)}


class Unexpected(Exception):
    """Something is not as it must be; the message says what."""


def expect(what: str, found: Any, wanted: Any) -> None:
    """Unexpected, unless `found` equals `wanted`."""
    if found != wanted:
        raise Unexpected(f"{what}: {found!r} instead of {wanted!r}")


def main() -> None:
    """The child: the question on stdin, the answer as the last line of stdout."""
    print(json.dumps(_answer(json.loads(sys.stdin.read()))))  # noqa: T201 the answer to the parent
