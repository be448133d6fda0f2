"""A file claims nothing that its sender could not do by hand, and takes nobody's place."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from digisence import records
from digisence.accounts import create_superadmin
from digisence.changes import Context, unit_of_work
from digisence.errors import Conflict
from digisence.extensions import db
from digisence.models import RECORDS, Business, Category, Inquiry, QuarantineEntry, RegistrationInquiry, User
from digisence.records import quarantine
from digisence.records.transfer import execution, export, imports, writing
from digisence.records.transfer.execution import Execution
from tests.draining import drained
from tests.records.conftest import ME, business, inquiry, user
from tests.records.transfer.files import brought, counts, faults, sent, undone, written

pytestmark = pytest.mark.usefixtures("app")


def codes(done: dict[str, Any]) -> dict[int, str]:
    """Why each refused row was, by line."""
    return {line: code for _, line, code, _ in faults(done)}


def role(user_id: str) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(User.role).where(User.id == user_id))


def test_no_file_claims_or_unsays_a_decision() -> None:
    values = {"type": "BUSINESS", "name": "Ann", "email": "ann@example.org"}
    waits = records.create(RegistrationInquiry, values, ME)
    decided = records.create(RegistrationInquiry, values | {"status": "REJECTED"}, ME)
    text = f"id,status,phone\n{waits.id},APPROVED,1\n{decided.id},PENDING,1\n{decided.id[:-1]}x,PENDING,1\n"
    done = brought("registration-inquiries", text)
    assert (done["updated"], done["failed"]) == (0, 3)
    assert [(code, set(told)) for _, _, code, told in faults(done)][:2] == [("decision", {"status"})] * 2
    assert counts(brought("registration-inquiries", f"id,status\n{waits.id},UNDER_REVIEW\n")) == (0, 1, 0, 0)


def test_nobody_loses_the_panel_to_an_undoing() -> None:
    ann = user("ann@example.org")
    first = create_superadmin("first@example.org", "three grey horses run", Context("system:test"))
    done = brought("users", f"id,role\n{ann.id},SUPER_ADMIN\n")
    assert counts(done) == (0, 1, 0, 0)
    assert counts(brought("users", f"id,role\n{first},BUSINESS_ADMIN\n")) == (0, 1, 0, 0)
    back = undone(done["id"])
    assert (back["undone"], back["kept"], role(ann.id)) == (0, 1, "SUPER_ADMIN")
    assert [code for _, _, code, _ in faults(done)] == ["last-superadmin"]


def test_a_version_that_a_spreadsheet_spoilt_overwrites_nothing() -> None:
    ann = user("ann@example.org", name="Ann")
    done = brought("users", f"id,name,version\n{ann.id},Anna,1.0\n")
    assert (counts(done), faults(done)[0][3]) == ((0, 0, 0, 1), {"version": "must be a whole number"})
    assert counts(brought("users", f"id,name,version\n{ann.id},Ann,1.0\n")) == (0, 0, 1, 0)


def test_nobody_is_born_with_a_second_factor_or_at_the_last_version() -> None:
    text = "email,totpSince,version\nann@example.org,2026-01-01T00:00:00Z,3\nbob@example.org,,2147483647\nc@x.org,,0\n"
    done = brought("users", text)
    assert (counts(done), [set(told) for *_, told in faults(done)]) == ((1, 0, 0, 2), [{"version"}] * 2)
    assert '"totpSince":null' in written("users", "ndjson", email="ann@example.org")


def test_an_account_has_no_twin_in_other_letters() -> None:
    user("ann@example.org", name="Ann")
    bob = user("bob@example.org")
    user("Eve@Example.org")
    assert counts(brought("users", "email\neve@example.org\n")) == (0, 0, 0, 1)
    text = f"id,email\n,ANN@example.org\n,New@x.org\n,new@x.org\n{bob.id},Ann@example.org\n"
    for dry_run in (True, False):
        done = brought("users", text, dry_run=dry_run)
        assert (counts(done), [(line, code) for _, line, code, _ in faults(done)]) == (
            (1, 0, 0, 3), [(2, "taken"), (4, "taken"), (5, "taken")],
        )  # fmt: skip
    assert counts(brought("users", f"id,email\n{bob.id},BOB@example.org\n")) == (0, 1, 0, 0)


def test_a_preview_is_applied_once() -> None:
    firm = business(user("ann@example.org"))
    text = f"name,email,message,businessId\nEve,eve@example.org,Hello there,{firm.id}\n"
    preview = brought("inquiries", text, dry_run=True)
    first = imports.apply(preview["id"], ME)
    with pytest.raises(Conflict) as refused:
        imports.apply(preview["id"], ME)
    assert (refused.value.code, first.id in refused.value.detail) == ("applied", True)


def test_what_an_undoing_kept_is_tried_again_when_asked() -> None:
    done = brought("users", "email,name\nbob@x.org,Bob\ncid@x.org,Cid\ndan@x.org,Dan\n")
    ids = dict(db.session.execute(select(User.email, User.id)).all())
    firm = business(records.read(User, ids["bob@x.org"]))
    records.update(User, ids["cid@x.org"], {"name": "Cyd"}, ME)
    records.delete(User, ids["dan@x.org"], ME)
    kept = undone(done["id"])
    assert (kept["state"], kept["undone"], kept["kept"]) == ("undone", 0, 3)
    assert codes(done) == {2: "in-use", 3: "changed-since", 4: "gone"}
    assert f"businesses/{firm.id} belongs to it" in faults(done)[0][3]["row"]
    records.delete(Business, firm.id, ME)
    again = undone(done["id"])
    assert (again["state"], again["undone"], again["kept"]) == ("undone", 1, 2)
    assert (kept["keptForGood"], kept["undoable"], again["keptForGood"], again["undoable"]) == (2, True, 2, False)
    assert codes(done) == {3: "changed-since", 4: "gone"}
    assert [one.email for one in db.session.scalars(select(User).where(User.email.endswith("@x.org")))] == ["cid@x.org"]


def test_what_was_changed_or_deleted_since_is_kept_for_good_and_not_offered_again() -> None:
    done = brought("users", "email,name\ncid@x.org,Cid\ndan@x.org,Dan\n")
    ids = dict(db.session.execute(select(User.email, User.id)).all())
    records.update(User, ids["cid@x.org"], {"name": "Cyd"}, ME)
    records.delete(User, ids["dan@x.org"], ME)
    assert done["undoable"]
    kept = undone(done["id"])
    assert (kept["undone"], kept["kept"], kept["keptForGood"], kept["undoable"]) == (0, 2, 2, False)
    with pytest.raises(Conflict) as refused:
        imports.ask_undo(done["id"], ME)
    told = "Nothing more of this import can be undone: 2 of its records were changed or deleted since."
    assert (refused.value.code, refused.value.detail) == ("no-undo", told)
    assert (codes(done), imports.read(done["id"]).state) == ({2: "changed-since", 3: "gone"}, "undone")
    quarantine.restore(db.session.scalars(select(QuarantineEntry.id)).one(), ME)
    assert imports.to_json(imports.read(done["id"]))["undoable"]
    back = undone(done["id"])
    assert (back["undone"], back["kept"], back["keptForGood"], back["undoable"]) == (1, 1, 1, False)
    assert codes(done) == {2: "changed-since"}


def test_of_an_import_that_wrote_nothing_there_is_nothing_to_undo() -> None:
    done = brought("users", "email\nnobody\n")
    assert not done["undoable"]
    with pytest.raises(Conflict) as refused:
        imports.ask_undo(done["id"], ME)
    assert refused.value.detail == "This import wrote nothing."


def test_a_preview_is_not_applied_again_while_some_of_it_is_there() -> None:
    firm = business(user("ann@example.org"))
    text = f"name,email,message,businessId\nEve,eve@example.org,Hello there,{firm.id}\n"
    preview = brought("inquiries", text, dry_run=True)
    first = imports.apply(preview["id"], ME)
    execution.execute(first.id, "here")
    [asked] = db.session.scalars(select(Inquiry.id)).all()
    records.update(Inquiry, asked, {"status": "READ"}, ME)
    assert undone(first.id)["kept"] == 1
    with pytest.raises(Conflict) as refused:
        imports.apply(preview["id"], ME)
    assert (refused.value.code, "delete what stands of that first" in refused.value.detail) == ("applied", True)
    records.delete(Inquiry, asked, ME)
    execution.execute(imports.apply(preview["id"], ME).id, "here")
    assert len(db.session.scalars(select(Inquiry.id)).all()) == 1


def test_rows_passed_over_may_hold_anything_and_a_preview_remembers_them() -> None:
    rows = [{"id": ["x"], "email": 5}, {"email": "a@x.org"}, {"email": "a@x.org"}, {"email": "A@x.org"}]
    one = sent("users", json.dumps(rows), "json", dry_run=True)
    claimed = imports.claim(one.id, "here")
    assert claimed is not None
    claimed.rows = 2  # as if another had died there
    Execution(claimed, lambda _seen: None, lambda _ids, _context: None).carry_out()
    assert [(number, code) for number, _, code, _ in faults({"id": one.id})] == [(3, "duplicate"), (4, "taken")]
    assert faults({"id": one.id})[0][3] == {"email": "row 2 has this value too"}  # they share a line


def test_columns_and_rows_of_nothing_are_passed_over() -> None:
    done = brought("users", "email,name,,\nann@example.org,Ann,,\n,,,\nbob@example.org,Bob,x,\n")
    assert (counts(done), faults(done)) == (
        (1, 0, 0, 1), [(2, 4, "invalid", {"(no name)": "is no column of this resource"})],
    )  # fmt: skip


def test_who_reads_an_export_slowly_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = business(user("ann@example.org"))
    for number in range(3):
        inquiry(business_id=firm.id, name=f"Visitor {number}")
    whole = written("inquiries", "ndjson")
    monkeypatch.setattr(export, "HELD", 0.05)
    monkeypatch.setattr(export, "PORTION", 1)
    _form, query = export.asked(RECORDS["inquiries"], {"format": ["ndjson"]})
    slow = export.export(Inquiry, "ndjson", query, ME)
    begun = next(slow)
    deadline = time.monotonic() + 30
    while slow.reads and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not slow.reads
    assert (begun + b"".join(slow)).decode() == whole


def test_categories_that_stand_under_the_last_of_them_are_all_taken_back() -> None:
    below = "".join(f"k{number},Cat {number},k600\n" for number in range(600))
    done = brought("categories", f"id,name,parentId\n{below}k600,Top,\n")
    back = undone(done["id"])
    assert (counts(done), back["undone"], back["kept"]) == ((601, 0, 0, 0), 601, 0)


def test_numbers_beyond_what_is_whole_come_back_and_hold_up_no_feed() -> None:
    records.create(Business, {"name": "Bee", "admin_id": user().id, "hero_content": [1e20, 1e300, -0.0, 1.0]}, ME)
    text = written("businesses", "ndjson")
    with unit_of_work(ME) as session:
        session.execute(delete(Business))
    assert counts(brought("businesses", text, "ndjson")) == (1, 0, 0, 0)
    assert written("businesses", "ndjson") == text
    drained()


def test_a_batch_that_begins_again_gives_the_same_slugs(monkeypatch: pytest.MonkeyPatch) -> None:
    note, failures = writing.note, [OperationalError("INSERT", {}, Exception("database is locked"))]

    def once_in_the_way(*told: Any) -> None:
        if failures:
            raise failures.pop()
        note(*told)

    monkeypatch.setattr(writing, "note", once_in_the_way)
    done = brought("categories", "name\nCafe\nCafe\nBar\n")
    assert (counts(done), faults(done)) == ((3, 0, 0, 0), [])
    assert not failures
    assert sorted(db.session.scalars(select(Category.slug))) == ["bar", "cafe", "cafe-2"]


def test_two_imports_that_cross_both_end(app: Flask) -> None:
    ahead = [f"d{number}@example.org\n" for number in range(1200)]
    waiting = [sent("users", "email\n" + "".join(lines)).id for lines in (ahead, ahead[::-1])]

    def carry_out(import_id: str) -> dict[str, Any] | None:
        with app.app_context():
            return execution.execute(import_id, "here")

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(carry_out, waiting))
    assert all(one is not None and one["state"] == "done" for one in ended)
    assert sum(one["created"] for one in ended if one) == 1200
