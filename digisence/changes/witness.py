"""The newest seal, told outside the database too: in a file of the instance folder that only grows, and in the log.

Whoever cuts off the end of the chain, or makes the whole chain anew, would have to reach these as well. A file that has
grown large is put aside (`seals.log.1` is the newest of these), and the oldest one goes: every later seal proves those
before it. The last one of each database is carried into the next file.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import structlog
from flask import Flask, current_app
from sqlalchemy import URL, Engine, select

from ..clock import to_wire, utcnow
from ..config import settings
from ..extensions.db import db
from ..models import Seal

log = structlog.get_logger(__name__)

NAME = "seals.log"
MOST_BYTES, FILES = 5_000_000, 10  # a file; of them with the one that is written to
FILE_SECONDS, LOG_SECONDS = 1.0, 60.0  # write it at most so often
NEWEST = select(Seal.seq, Seal.digest).order_by(Seal.seq.desc()).limit(1)


@dataclass
class Told:
    """What a process wrote last, and when it may write again."""

    seq: int = 0
    logged: int = 0
    due: float = field(default_factory=time.monotonic)
    log_due: float = field(default_factory=time.monotonic)
    failing: bool = False


def path(app: Flask | None = None) -> Path:
    """The file."""
    return settings(app).instance / NAME


def place(url: URL) -> str:
    """Tells the seals of one database from those of another in the same file."""
    told = f"{url.get_backend_name()} {url.host} {url.port} {url.database}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def tell(engine: Engine, *, aloud: bool = False) -> None:
    """Write the newest seal down, unless that was done this very second; `aloud`, into the log as well."""
    told: Told = current_app.extensions.setdefault("digisence_witness", Told())
    now = time.monotonic()
    if now < told.due:
        return
    told.due = now + FILE_SECONDS
    with engine.connect() as connection:
        newest = connection.execute(NEWEST).first()
    if newest is None:
        return
    if newest.seq != told.seq:
        _write(engine, newest, told)
    if aloud and newest.seq != told.logged and now >= told.log_due:
        told.log_due, told.logged = now + LOG_SECONDS, newest.seq
        log.info("newest seal", seq=newest.seq, digest=newest.digest)


class Crier:
    """Has the relay tell: `Relay(app, after_drain=[Crier()])`."""

    def __call__(self, _published: int) -> None:
        """Raises SQLAlchemyError; the next call tries again."""
        tell(db.engine, aloud=True)


def _write(engine: Engine, newest: Any, told: Told) -> None:
    line = {"at": to_wire(utcnow()), "database": place(engine.url), "seq": newest.seq, "digest": newest.digest}
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        if _append(orjson.dumps(line) + b"\n") > MOST_BYTES:
            with _alone(fcntl.LOCK_EX):
                _turn_over()
    except OSError as error:
        if not told.failing:
            log.warning("the newest seal could not be written down", file=str(path()), why=str(error))
        told.failing = True
    else:
        told.seq, told.failing = newest.seq, False


def _append(text: bytes) -> int:
    """Add to the file, in one piece beside what others add; its size then."""
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, text)
        return os.fstat(handle).st_size
    finally:
        os.close(handle)


@contextmanager
def _alone(how: int) -> Iterator[None]:
    """Hold the files in their places, by the folder's lock: LOCK_EX to turn them over, LOCK_SH to open them all."""
    handle = os.open(path().parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _turn_over() -> None:
    """Put each file one place on. Who dies amid it leaves a gap, which does no harm; who is just adding to the file
    adds to it where it stands then.
    """
    if path().stat().st_size <= MOST_BYTES:
        return  # another process was quicker
    newest = _newest()
    for number in reversed(range(FILES - 1)):
        with suppress(FileNotFoundError):
            _aside(number).replace(_aside(number + 1))
    _append(b"".join(newest))


def _aside(number: int) -> Path:
    return path().with_name(f"{NAME}.{number}") if number else path()


def _newest() -> list[bytes]:
    """The last line of each database in the file, as it stands there."""
    found: dict[str, bytes] = {}
    with path().open("rb") as file:
        for text in file:
            with suppress(ValueError, AttributeError):  # what is spoilt stays behind, for the reader to find
                found[str(orjson.loads(text).get("database"))] = text
    return list(found.values())


def lines(engine: Engine) -> Iterator[tuple[int, str]]:
    """(seq, digest) of each seal of this database that was written down. ValueError names a line that is spoilt."""
    mine = place(engine.url)
    if not path().parent.is_dir():
        return
    with ExitStack() as stack:
        with _alone(fcntl.LOCK_SH):
            there = [_aside(number) for number in reversed(range(FILES)) if _aside(number).exists()]
            files = [(one, stack.enter_context(one.open("rb"))) for one in there]
        for one, file in files:
            yield from _lines(one, file, mine)


def _lines(told_in: Path, file: BinaryIO, mine: str) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(file, 1):
        try:
            line = orjson.loads(text)
            found = (int(line["seq"]), str(line["digest"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} of {told_in} cannot be read") from error
        if line.get("database") == mine:
            yield found
