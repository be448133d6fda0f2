"""A chain that was sealed before there was compaction: it comes along, is verified as it was, and goes on."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from digisence.changes import Context, unit_of_work, verifying
from digisence.changes.seals import FORM, FULL, GENESIS, SEALED
from digisence.clock import to_wire, utcnow
from digisence.extensions import db
from digisence.models import Seal, User
from tests import outsider
from tests.draining import drained

BEFORE = "0012"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def old_chain() -> list[str]:
    """SQL for three changes under seals as they were made then: SHA-256 of the one before and everything in full."""
    statements, previous = [], GENESIS
    for number in (1, 2, 3):
        at = utcnow()
        content: dict[str, Any] = dict.fromkeys(SEALED) | {
            "id": number, "resource": "users", "record_id": "u1", "action": "updated", "version": number + 1,
            "base_version": number, "actor": "user:me", "before": {"name": "Zoë", "z": [1]}, "after": {"name": str(number)},
            "committed_at": to_wire(at),
        }  # fmt: skip
        sealed = sha256(previous.encode() + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
        before, after = (orjson.dumps(content[name]).decode() for name in ("before", "after"))
        moment = to_wire(at)[:-1].replace("T", " ")
        zone = "" if db.engine.dialect.name == "sqlite" else "+00"
        statements += [
            "INSERT INTO changes (id, resource, record_id, action, version, base_version, before, after, actor, committed_at) "
            f"VALUES ({number}, 'users', 'u1', 'updated', {number + 1}, {number}, '{before}', '{after}', 'user:me', '{moment}{zone}')",
            f"INSERT INTO seals (seq, change_id, previous, digest) VALUES ({number}, {number}, '{previous}', '{sealed}')",
        ]
        previous = sealed
    return statements


def test_old_seals_come_along_and_the_chain_goes_on(app: Flask, database: str) -> None:
    downgrade(revision=BEFORE)
    db.engine.dispose()
    outsider.tamper(database, *old_chain())
    if not database.startswith("sqlite"):  # which counts on from the largest by itself
        outsider.write(database, "SELECT setval('changes_id_seq', 3), setval('seals_seq_seq', 3)")
    upgrade()
    assert verifying.verify(db.engine).sealed == 3
    with unit_of_work(Context("user:me"), patience=20) as session:
        session.add(User(id="u2", email="b@example.org"))
    drained()
    verdict = verifying.verify(db.engine)
    assert (verdict.broken, verdict.sealed) == (None, 4)
    with db.engine.connect() as connection:
        assert connection.scalars(select(Seal.form).order_by(Seal.seq)).all() == [FULL, FULL, FULL, FORM]
        assert connection.scalar(text("SELECT count(*) FROM outbox WHERE silent")) == 0
    outsider.tamper(database, "UPDATE changes SET actor = 'user:nobody' WHERE id = 2")
    broken = verifying.verify(db.engine).broken
    assert broken is not None
    assert (broken.kind, broken.change_id) == ("altered", 2)
