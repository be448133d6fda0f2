"""The newest seal, told outside the database too: in a file of the instance folder that only grows, and in the log.

Whoever cuts off the end of the chain, or makes the whole chain anew, would have to reach these as well.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
        handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, orjson.dumps(line) + b"\n")
        finally:
            os.close(handle)
    except OSError as error:
        if not told.failing:
            log.warning("the newest seal could not be written down", file=str(path()), why=str(error))
        told.failing = True
    else:
        told.seq, told.failing = newest.seq, False


def lines(engine: Engine) -> Iterator[tuple[int, str]]:
    """(seq, digest) of each seal of this database that was written down. ValueError names a line that is spoilt."""
    mine = place(engine.url)
    try:
        file = path().open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, text in enumerate(file, 1):
            try:
                line = orjson.loads(text)
                found = (int(line["seq"]), str(line["digest"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number} of {path()} cannot be read") from error
            if line.get("database") == mine:
                yield found
