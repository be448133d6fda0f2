"""Imports that were undone before it was counted what is kept for good."""

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.models import Import, ImportFault
from digisence.records.transfer import imports

CODES = ("changed-since", "gone", "in-use")


def test_what_an_earlier_undoing_kept_is_counted(app: Flask) -> None:
    common = {"upload_id": "u", "resource": "users", "format": "csv", "actor": "user:me", "created": 5}
    with app.app_context():
        with unit_of_work(Context("system:test"), patience=None) as session:
            session.add(Import(id="over", state="undone", kept=3, **common))
            session.add(Import(id="asked", state="undoing", kept=0, **common))
            session.add(Import(id="old", state="undone", kept=2, forgotten_at=utcnow(), **common))
            session.flush()
            for import_id in ("over", "asked"):
                rows = [
                    {"import_id": import_id, "undo": True, "number": n, "line": n, "code": code, "errors": []}
                    for n, code in enumerate(CODES)
                ]
                session.execute(insert(ImportFault), [*rows, {**rows[0], "undo": False}])
        downgrade(revision="0023")
        upgrade()
        told = {one.id: (one.kept, one.kept_for_good) for one in map(imports.read, ("over", "asked", "old"))}
    assert told == {"over": (3, 2), "asked": (3, 2), "old": (2, 2)}
