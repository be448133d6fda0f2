"""A stranger who writes to the same database: another process, another program, no context."""

import sqlite3
import subprocess
import sys
from contextlib import closing

SQLITE = "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],timeout=10);c.executescript(sys.argv[2]);c.close()"
POSTGRESQL = "import psycopg,sys;c=psycopg.connect(sys.argv[1],autocommit=True);c.execute(sys.argv[2]);c.close()"


def write(url: str, *statements: str, before: str = "") -> None:
    """Run SQL statements in one transaction; `before` (a PRAGMA, say) stands outside it. CalledProcessError when refused."""
    program, path = (SQLITE, url.removeprefix("sqlite:///")) if url.startswith("sqlite") else (POSTGRESQL, plain(url))
    script = "; ".join([*([before] if before else []), "BEGIN", *statements, "COMMIT"])
    subprocess.run(
        [sys.executable, "-c", program, path, script], check=True, capture_output=True, text=True, timeout=60
    )


def tamper(url: str, *statements: str) -> None:
    """Write past the triggers, as who administers the database can; they stand again afterwards."""
    if not url.startswith("sqlite"):
        write(url, "SET LOCAL session_replication_role = replica", *statements)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in [*statements, *(sql for _, sql in triggers), "COMMIT"]:
            connection.execute(statement)


def plain(url: str) -> str:
    """A PostgreSQL URL as psycopg and psql take it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
