"""An import that is killed leaves nothing half-done, and the next one completes it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from digisence.config import settings
from digisence.extensions import db
from digisence.importing.legacy import import_dump
from digisence.models import Business, Change, LegacyDocument, User

from .conftest import Dump, business, user

USERS = 3000


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def kill_half_way(app: Flask, folder: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": settings(app).database_url,
        "REDIS_URL": settings(app).redis_url,
        "DIGISENCE_INSTANCE": str(settings(app).instance),
    }
    command = [sys.executable, "-m", "digisence", "import", "legacy", str(folder)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None and count(User) == 0:
        time.sleep(0.002)
    process.kill()
    process.communicate()


@pytest.mark.usefixtures("context")
def test_killed_half_way_it_is_completed(app: Flask, dump: Dump) -> None:
    users = [user(f"u{number}", nickname="x" if number % 100 == 0 else None) for number in range(USERS)]
    businesses = [business(f"b{number}", adminId=f"u{number}") for number in range(200)]
    folder = dump(users=users, businesses=businesses)
    kill_half_way(app, folder)
    left = count(User)
    assert 0 < left < USERS
    assert left % 500 == 0
    assert count(Change) == left
    assert count(LegacyDocument) == left // 100
    report = import_dump(folder)
    assert (report.tally("users").present, report.tally("users").placed) == (left, USERS - left)
    assert (count(User), count(Business), count(LegacyDocument)) == (USERS, 200, USERS // 100)
    assert count(Change) == USERS + 200
    assert db.session.scalars(select(Business.id).where(Business.admin_id.is_(None))).all() == []
