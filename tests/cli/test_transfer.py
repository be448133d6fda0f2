"""`digisence import records` and `import undo`: what they say of rows that come in, go back, and stay."""

import json
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from digisence import records
from digisence.changes import Context
from digisence.extensions import db
from digisence.models import Business, User
from tests.cli.conftest import Run

ME = Context("user:me")


def ids() -> dict[str, Any]:
    found = dict(db.session.execute(select(User.email, User.id)).all())
    db.session.rollback()
    return found


def test_an_import_is_taken_back_as_far_as_it_goes_and_says_what_stays(run: Run, app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,name\nann@x.org,Ann\nbob@x.org,Bob\ncid@x.org,Cid\n")
    made = run("import", "records", "users", file)
    [one] = json.loads(run("import", "list", "--json").output)["items"]
    assert made.output.splitlines()[-1] == f"`digisence import undo {one['id']}` takes it back."
    with app.app_context():
        firm = records.create(Business, {"name": "Bee", "admin_id": ids()["bob@x.org"]}, ME)
        records.update(User, ids()["cid@x.org"], {"name": "Cyd"}, ME)
    first = run("import", "undo", one["id"])
    assert (first.exit_code, first.output.splitlines()) == (1, [
        "1 row taken back, 2 kept.",
        f"`digisence import errors {one['id']}` names those that were kept, with the reason.",
        "1 of them changed or deleted since: that stays so.",
        "Once what keeps the others is out of the way, ask again: what is taken back stays so.",
    ])  # fmt: skip
    with app.app_context():
        records.delete(Business, firm.id, ME)
    again = run("import", "undo", one["id"])
    assert (again.exit_code, again.output.splitlines()[-1]) == (1, "1 of them changed or deleted since: that stays so.")
    with app.app_context():
        assert [email for email in ids() if email.endswith("@x.org")] == ["cid@x.org"]
    last = run("import", "undo", one["id"])
    assert last.exit_code != 0
    assert "Nothing more of this import can be undone: 1 of its records was changed or deleted since." in last.output
