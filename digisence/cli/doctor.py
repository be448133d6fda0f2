"""`digisence doctor`: every dependency and setting looked at, each fault with its cure."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import click
from redis import Redis, RedisError
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..changes import figures, triggers
from ..changes.relay import HEARTBEAT
from ..clock import to_wire, utcnow
from ..config import Settings, settings
from ..extensions import db, queue, redis_client
from ..extensions.migrate import heads, standing
from ..mail import figures as mails
from ..models import Tally
from .embedded import find_server
from .output import FAILED, OK, WARNINGS, Failure, counted, emit, json_option, leave, table

GOOD, WARNING, FAULT = "ok", "warning", "fault"
COLOURS = {GOOD: "green", WARNING: "yellow", FAULT: "red"}
NEAR = "this machine only"
DRIFT_TOLD = timedelta(days=1)
LEAST = {"python": (3, 11), "sqlite": (3, 38), "postgresql": (13,), "redis": (6, 2)}


@dataclass(frozen=True)
class Verdict:
    """What was found about one part. `cure` is empty where all is well."""

    part: str
    state: str
    found: str
    cure: str = ""


def good(part: str, found: str) -> Verdict:
    """All well."""
    return Verdict(part, GOOD, found)


@click.command("doctor")
@json_option
def doctor(as_json: bool) -> None:
    """Check every dependency and setting, and tell the cure for what is wrong.

    Exit code 0 when all is well, 2 for warnings only, 3 when something must be mended.
    """
    verdicts = list(examine(settings()))
    if as_json:
        emit([verdict.__dict__ for verdict in verdicts])
    else:
        _print(verdicts)
    states = {verdict.state for verdict in verdicts}
    leave(FAILED if FAULT in states else WARNINGS if WARNING in states else OK)


def _print(verdicts: list[Verdict]) -> None:
    table(("part", "state", "found"), [(verdict.part, verdict.state, verdict.found) for verdict in verdicts])
    for verdict in verdicts:
        if verdict.cure:
            click.echo(f"{click.style(verdict.part, fg=COLOURS[verdict.state])}: {verdict.cure}")
    if all(verdict.state == GOOD for verdict in verdicts):
        click.echo("All is well.")


def examine(chosen: Settings) -> Iterator[Verdict]:
    """Every verdict, in order; parts that hang on a broken one are left out."""
    yield _python()
    yield _instance(chosen)
    yield _secret(chosen)
    yield _public_url(chosen)
    yield from _database(chosen)
    yield from _redis(chosen)


def _python() -> Verdict:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST["python"]:
        return Verdict("python", FAULT, version, "Install Python 3.11 or newer and make the environment afresh.")
    return good("python", version)


def _instance(chosen: Settings) -> Verdict:
    if chosen.instance.is_dir() and os.access(chosen.instance, os.W_OK | os.X_OK):
        return good("instance folder", str(chosen.instance))
    cure = "Make the folder and let this user write to it, or name another with DIGISENCE_INSTANCE."
    return Verdict("instance folder", FAULT, f"{chosen.instance} cannot be written", cure)


def _secret(chosen: Settings) -> Verdict:
    path = chosen.instance / "secret.key"
    if not path.exists() or path.read_text().strip() != chosen.secret_key:
        return good("secret key", "from DIGISENCE_SECRET_KEY")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Verdict("secret key", FAULT, f"{path} has mode {mode:04o}", f"Others may read it: chmod 600 {path}")
    return good("secret key", f"{path}, mode {mode:04o}")


def _public_url(chosen: Settings) -> Verdict:
    url, near = chosen.public_url, chosen.host in ("127.0.0.1", "::1", "localhost")
    if url.startswith("https://"):
        return good("public address", url)
    if url and not url.startswith("http://"):
        return Verdict("public address", FAULT, url, "Write DIGISENCE_PUBLIC_URL as https://panel.example.org")
    if url or not near:
        cure = "Put TLS in front and set DIGISENCE_PUBLIC_URL to the https address: only then cookies are secure."
        return Verdict("public address", WARNING, url or f"none, and listening on {chosen.host}", cure)
    return good("public address", NEAR)


def _database(chosen: Settings) -> Iterator[Verdict]:
    shown = make_url(chosen.database_url).render_as_string(hide_password=True)
    try:
        with db.engine.connect() as connection:
            yield _version("database", connection.dialect.name, _server_version(connection), shown)
            yield _migrations(connection)
            yield _triggers(connection)
            yield from _kept(connection)
            yield from _mails(chosen, connection)
            yield from SPECIFIC[connection.dialect.name](connection)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        cure = "Start it, or set DATABASE_URL; unset, it is a SQLite file in the instance folder."
        yield Verdict("database", FAULT, f"{shown}: {said}", cure)


def _server_version(connection: Connection) -> tuple[int, ...]:
    return tuple(cast("Any", connection.dialect).server_version_info or ())


def _version(part: str, product: str, version: tuple[int, ...], where: str) -> Verdict:
    found = f"{product} {'.'.join(map(str, version))} at {where}"
    if version < LEAST[product]:
        least = ".".join(map(str, LEAST[product]))
        return Verdict(part, FAULT, found, f"Use {product} {least} or newer.")
    return good(part, found)


def _migrations(connection: Connection) -> Verdict:
    here = standing(connection)
    if here == heads():
        return good("migrations", ", ".join(sorted(here)))
    return Verdict("migrations", FAULT, ", ".join(sorted(here)) or "none", "Run `digisence db upgrade`.")


def _triggers(connection: Connection) -> Verdict:
    faults = triggers.verify(connection)
    if not faults:
        return good("triggers", "every change is captured")
    found = f"{counted(len(faults), 'fault')}, the first: {faults[0]}"
    return Verdict("triggers", FAULT, found, "Changes escape. Run `digisence db upgrade`, which installs them anew.")


def _kept(connection: Connection) -> Iterator[Verdict]:
    """What this version's tables tell of the outbox and of the kept counts."""
    if _migrations(connection).state != GOOD:
        return
    fault = figures.stuck(connection)
    found = f"{figures.backlog(connection).waiting} changes wait to be published"
    yield Verdict("outbox", FAULT, found, fault) if fault else good("outbox", found)
    drifted = connection.execute(
        select(Tally.resource, Tally.drift, Tally.drifted_at).where(Tally.drifted_at > utcnow() - DRIFT_TOLD)
    ).first()
    if drifted is None:
        yield good("counts", "as kept")
        return
    told = f"{drifted.resource} had drifted by {drifted.drift:+d}, put right at {to_wire(drifted.drifted_at)}"
    cure = "Something wrote past the triggers (or they were gone for a while): see who, so that no change escapes."
    yield Verdict("counts", WARNING, told, cure)


def _mails(chosen: Settings, connection: Connection) -> Iterator[Verdict]:
    """How mails leave, and what has not left."""
    if _migrations(connection).state != GOOD:
        return
    way = f"by {urlsplit(chosen.mail_url).hostname}" if chosen.mail_url else "printed to the console"
    stands = mails.backlog(connection)
    found = f"{way}; {stands.waiting} wait, {stands.failed} failed, {stands.uncertain} uncertain"
    if stands.late:
        cure = "Nobody sends them: start `digisence up`, or `digisence worker` by itself."
        yield Verdict("mails", FAULT, f"{found}; {stands.late} due for more than 10 minutes", cure)
    elif stands.tried:
        cure = f"They are tried again. See to DIGISENCE_MAIL_URL and the mail server; last it was: {stands.error}"
        yield Verdict("mails", WARNING, f"{found}; {stands.tried} could not be sent yet", cure)
    elif stands.failed or stands.uncertain:
        yield Verdict("mails", WARNING, found, "See on the panel's page of mails why, and send them again from there.")
    elif not chosen.mail_url and _public_url(chosen).found != NEAR:
        cure = "Set DIGISENCE_MAIL_URL to a mail server: nobody gets a mail, and links stand in the worker's output."
        yield Verdict("mails", WARNING, found, cure)
    else:
        yield good("mails", found)


def _sqlite(connection: Connection) -> Iterator[Verdict]:
    loose = len(connection.execute(text("PRAGMA foreign_key_check")).all())
    if loose:
        cure = "Outsiders wrote without foreign keys. The integrity checks find and mend it: `digisence integrity run`."
        yield Verdict("references", WARNING, f"{loose} lead nowhere", cure)
    else:
        yield good("references", "all lead somewhere")
    mode = connection.scalar(text("PRAGMA journal_mode"))
    if mode == "wal":
        yield good("journal", "WAL: readers and writers do not wait for one another")
    else:
        cure = "Put the file on a local disk: SQLite's WAL does not work on network file systems."
        yield Verdict("journal", WARNING, str(mode), cure)


def _postgresql(connection: Connection) -> Iterator[Verdict]:
    role = connection.scalar(text("SHOW session_replication_role"))
    if role == "origin":
        yield good("capture", "no setting keeps triggers from firing")
    else:
        cure = "Set session_replication_role to origin for this role and database: triggers do not fire now."
        yield Verdict("capture", FAULT, f"session_replication_role is {role}", cure)


SPECIFIC: dict[str, Callable[[Connection], Iterator[Verdict]]] = {"sqlite": _sqlite, "postgresql": _postgresql}


def _redis(chosen: Settings) -> Iterator[Verdict]:
    try:
        client = redis_client.get()
        version = tuple(int(part) for part in str(client.info("server")["redis_version"]).split(".")[:3])
        yield _version("redis", "redis", version, "the embedded server" if chosen.embedded_redis else "REDIS_URL")
        yield _memory(client)
        yield _persistence(client)
        yield from _processes(client)
    except RedisError as error:
        yield _no_redis(chosen, str(error).partition("\n")[0])


def _no_redis(chosen: Settings, said: str) -> Verdict:
    if not chosen.embedded_redis:
        return Verdict("redis", FAULT, said, "Start it, or set REDIS_URL; unset, `digisence up` runs one of its own.")
    try:
        server: Path = find_server()
    except Failure as failure:
        return Verdict("redis", FAULT, "none configured, none to be found", failure.message)
    return Verdict("redis", WARNING, f"not running ({server})", "`digisence up` runs it, and every other part.")


def _memory(client: Redis) -> Verdict:
    policy = _config(client, "maxmemory-policy")
    if policy in ("noeviction", None):
        return good("redis memory", policy or "its policy may not be read")
    cure = "Redis may throw away jobs and the feed: CONFIG SET maxmemory-policy noeviction, and in its configuration."
    return Verdict("redis memory", WARNING, str(policy), cure)


def _persistence(client: Redis) -> Verdict:
    append, save = _config(client, "appendonly"), _config(client, "save")
    if append == "no" and not save:
        cure = "A restart empties it: nothing is lost for good, but every open panel loads anew. Set appendonly yes."
        return Verdict("redis persistence", WARNING, "none", cure)
    return good("redis persistence", "append-only file" if append == "yes" else "snapshots")


def _config(client: Redis, name: str) -> str | None:
    try:
        found = cast("dict[Any, Any]", client.config_get(name))
    except RedisError:  # hosted servers forbid CONFIG
        return None
    value = found.get(name, found.get(name.encode()))
    return value.decode() if isinstance(value, bytes) else value


def _processes(client: Redis) -> Iterator[Verdict]:
    alive = {
        "worker": queue.worker_alive(),
        "scheduler": queue.scheduler_alive(),
        "relay": bool(client.exists(HEARTBEAT)),
    }
    for name, runs in alive.items():
        cure = f"Start `digisence up`, or `digisence {name}` by itself."
        yield good(name, "runs") if runs else Verdict(name, WARNING, "does not run", cure)


commands: list[click.Command] = [doctor]
