"""Commands run inside the app (fast), or as the real program in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from digisence.config import settings

Run = Callable[..., Result]
Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("import", "legacy", folder)` within the app, as `flask --app wsgi …` would."""

    def invoke(*arguments: object, input: str | None = None) -> Result:  # noqa: A002
        return app.test_cli_runner().invoke(args=[str(word) for word in arguments], input=input)

    return invoke


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """`program("doctor", DATABASE_URL=…)`: the console script, on an empty instance folder unless told otherwise."""

    def start(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DIGISENCE_", "DATABASE_", "REDIS_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "digisence", *map(str, arguments)],
            env={**kept, "DIGISENCE_INSTANCE": str(tmp_path / "instance"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def environment_of(app: Flask) -> dict[str, Any]:
    """What makes `program` work on the app's database and Redis."""
    chosen = settings(app)
    return {
        "DATABASE_URL": chosen.database_url,
        "REDIS_URL": chosen.redis_url,
        "DIGISENCE_INSTANCE": str(chosen.instance),
        "DIGISENCE_SECRET_KEY": chosen.secret_key,
    }
