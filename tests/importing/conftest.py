"""A dump to import: the one that is carried, or one written for the test."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from digisence.extensions import db

SAMPLE = Path(__file__).parent.parent / "data" / "legacy-sample"
TIMES = {"createdAt": {"$date": "2026-01-02T03:04:05.678Z"}, "updatedAt": {"$date": "2026-02-03T04:05:06.789Z"}}
Dump = Callable[..., Path]


@pytest.fixture
def sample() -> Path:
    """The dump that is carried with the tests."""
    return SAMPLE


@pytest.fixture
def key() -> dict[str, Any]:
    """What is broken in it."""
    return json.loads((SAMPLE / "key.json").read_text())


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    """Writes a dump: `dump(users=[{…}, "a malformed line"])` → its folder. Each document gets times."""
    folder = tmp_path / "dump"

    def write(**collections: list[Any]) -> Path:
        folder.mkdir(exist_ok=True)
        for name, rows in collections.items():
            lines = [row if isinstance(row, str) else json.dumps(TIMES | row) for row in rows]
            (folder / f"{name}.json").write_text("\n".join(lines) + "\n")
        return folder

    return write


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The app's context on each engine."""
    with app.app_context():
        yield app
        db.session.remove()


def user(record_id: str, **values: Any) -> dict[str, Any]:
    """A user's document."""
    return {"_id": record_id, "email": f"{record_id}@example.org", "role": "BUSINESS_ADMIN", **values}


def business(record_id: str, **values: Any) -> dict[str, Any]:
    """A business's document."""
    return {"_id": record_id, "name": f"Business {record_id}", "slug": record_id, **values}


def category(record_id: str, **values: Any) -> dict[str, Any]:
    """A category's document."""
    return {"_id": record_id, "name": f"Category {record_id}", "slug": record_id, "type": "BUSINESS", **values}
