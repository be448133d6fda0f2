"""A directory with known defects, on a real database, and distributions that bring rules of their own."""

import importlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext

from digisence import create_app
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.models import Business, Professional, User
from digisence.models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN, SUPER_ADMIN
from tests.conftest import SECRET
from tests.draining import put_away

TEST = Context("system:test")
OLD = utcnow() - timedelta(days=90)


def install(
    folder: Path, name: str, version: str, module: str, source: str | None = None, entry: str | None = None
) -> None:
    """Write a distribution with one entry point in `digisence.rules`, as pip would lay it out."""
    entry = entry or module
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[digisence.rules]\ncore = {entry}\n")
    if source is not None:
        (folder / f"{module}.py").write_text(source)


@pytest.fixture(autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's own distribution, found by its metadata also where it runs from a work tree."""
    folder = tmp_path_factory.mktemp("own")
    install(folder, "digisence", "0.1.0", "digisence.integrity.checks")
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a third party's distribution: `distribution("acme-rules", source)`."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def put(name: str, source: str, version: str = "1.0", entry: str | None = None) -> None:
        install(folder, name, version, name.replace("-", "_"), source, entry)
        importlib.invalidate_caches()

    return put


@pytest.fixture
def inside(app: Flask) -> Iterator[AppContext]:
    """An app context."""
    with app.app_context() as context:
        yield context


@pytest.fixture
def tuned(database: str, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """The application with other settings: `tuned(sightings=1)`. Its context is pushed until the test ends."""
    pushed: list[AppContext] = []

    def make(**settings: Any) -> Flask:
        app = create_app(instance=tmp_path, database_url=database, redis_url=redis_url, secret_key=SECRET, **settings)
        pushed.append(app.app_context())
        pushed[-1].push()
        return app

    yield make
    for context in reversed(pushed):
        context.pop()
        put_away(context.app)


def user(identity: str, role: str = BUSINESS_ADMIN, at: Any = OLD, **values: Any) -> User:
    """A user, ninety days old unless told otherwise."""
    return User(id=identity, email=f"{identity}@example.org", role=role, created_at=at, updated_at=at, **values)


def business(identity: str, admin: str | None, at: Any = OLD, **values: Any) -> Business:
    """A business."""
    values.setdefault("slug", identity)
    return Business(id=identity, name=f"Business {identity}", admin_id=admin, created_at=at, updated_at=at, **values)


def professional(identity: str, admin: str | None, at: Any = OLD, **values: Any) -> Professional:
    """A professional."""
    values.setdefault("slug", identity)
    return Professional(id=identity, name=f"Dr {identity}", admin_id=admin, created_at=at, updated_at=at, **values)


def save(*records: Any) -> None:
    """Commit records, kind after kind."""
    with unit_of_work(TEST) as session:
        for _kind, alike in groupby(records, type):
            session.add_all(alike)
            session.flush()


def healthy(count: int = 400) -> None:
    """So many users, each with a business of their own; one professional; one superadmin."""
    save(
        *(user(f"u{number:04}") for number in range(count)),
        *(business(f"b{number:04}", f"u{number:04}") for number in range(count)),
        user("pro", PROFESSIONAL_ADMIN),
        professional("p", "pro"),
        user("root", SUPER_ADMIN),
    )
