"""An import does what its rows say, tells each refusal with its line and field, and is taken back whole."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from digisence import records
from digisence.accounts import create_superadmin
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.errors import Conflict, Problem
from digisence.extensions import db
from digisence.models import Business, Category, Change, Import, ImportedRow, ImportPiece, QuarantineEntry, Record, User
from digisence.records import quarantine
from digisence.records.transfer import execution, forgetting, imports
from tests.records.conftest import ME, business, inquiry, raw, user
from tests.records.transfer.files import brought, counts, faults, sent, undone, written

pytestmark = pytest.mark.usefixtures("app")


def emails() -> list[str]:
    found = list(db.session.scalars(select(User.email).order_by(User.email)))
    db.session.rollback()
    return found


def reread(record: Any) -> Any:
    db.session.rollback()
    return records.read(type(record), record.id)


def test_rows_create_update_and_leave_alone_by_id_and_by_email() -> None:
    ann, bob, cid = user("ann@example.org", name="Ann"), user("bob@example.org", name="Bob"), user("cid@example.org")
    text = f"id,email,name\n{ann.id},ann@example.org,Anna\n,bob@example.org,Bob\n{cid.id},new@example.org,\n,dan@x.org,Dan\n"
    preview = brought("users", text, dry_run=True)
    assert counts(preview) == (1, 2, 1, 0)
    assert emails() == ["ann@example.org", "bob@example.org", "cid@example.org"]
    done = brought("users", text)
    assert (done["state"], counts(done)) == ("done", counts(preview))
    assert emails() == ["ann@example.org", "bob@example.org", "dan@x.org", "new@example.org"]
    assert [reread(one).version for one in (ann, bob, cid)] == [2, 1, 2]
    latest = db.session.scalars(select(Change).order_by(Change.id.desc())).first()
    assert latest is not None
    assert (latest.actor, latest.mutation_id) == (ME.actor, f"import-{done['id']}")


def test_every_refusal_names_its_line_and_its_field() -> None:
    user("taken@example.org")
    text = (
        "email,name,role,isActive,lastLoginAt\n"
        'a@x.org,"two\nlines",BUSINESS_ADMIN,true,\n'
        "no-address,,KING,yes,soon\n"
        "b@x.org,too,many,cells,in,it\n"
        ",nobody,,,\n"
        "a@x.org,again,,,\n"
        "taken@example.org,\x00,,,\n"
        "c@x.org,fine,,,\n"
    )
    for dry_run in (True, False):
        done = brought("users", text, dry_run=dry_run)
        assert (done["created"], done["failed"], done["rows"]) == (2, 5, 7)
        found = faults(done)
        assert [(number, line, code) for number, line, code, _ in found] == [
            (2, 4, "invalid"), (3, 5, "invalid"), (4, 6, "invalid"), (5, 7, "duplicate"), (6, 8, "invalid"),
        ]  # fmt: skip
        assert set(found[0][3]) == {"email", "role", "isActive", "lastLoginAt"}
        assert found[1][3] == {"row": "has 6 cells; the header has 5"}
        assert found[2][3] == {"email": "Missing data for required field."}
        assert found[3][3] == {"email": "line 2 has this value too"}
        assert "NUL" in found[4][3]["name"]


def test_nobody_is_born_out_of_reach() -> None:
    done = brought("users", "id,email\na/b,a@x.org\n..,b@x.org\nexport,c@x.org\na.b-c_d~é,d@x.org\n")
    assert done["created"] == 1
    assert [told for *_, told in faults(done)] == [{"id": "cannot stand in an address"}] * 3


def test_what_is_taken_lost_or_too_much_is_told_of_the_row() -> None:
    ann, bob = user("a@x.org"), user("b@x.org")
    firm = business(ann, "Firm", slug="firm")
    text = (
        "name,slug,adminId,categoryId\n"
        f"Other,other,{ann.id},\n"
        f"Lost,lost,{bob.id},nowhere\n"
        "Nobody,nobody,,\n"
        "Ghost,ghost,ghost,\n"
        f"Right,right,{bob.id},\n"
        f"Twice,twice,{bob.id},\n"
        "Firm renamed,firm,,\n"
    )
    preview = brought("businesses", text, dry_run=True)
    done = brought("businesses", text)
    assert counts(done) == counts(preview) == (1, 0, 0, 6)
    assert faults(done) == faults(preview)
    told = {line: (code, found) for _, line, code, found in faults(done)}
    assert told[2] == ("taken", {"adminId": "is used by another record already"})
    assert told[3] == ("invalid", {"categoryId": "there is no record 'nowhere' among the categories"})
    assert told[4][1] == told[8][1] == {"adminId": "may not be empty"}
    assert told[5][1] == {"adminId": "there is no record 'ghost' among the users"}
    assert told[7] == ("taken", {"adminId": "line 6 has this value too"})
    assert reread(firm).name == "Firm"


def test_a_row_of_an_older_version_does_not_overwrite_what_others_wrote() -> None:
    ann = user("ann@example.org", name="Ann")
    text = written("users").replace(",Ann,", ",Anna,")
    records.update(User, ann.id, {"name": "Annie"}, ME)
    done = brought("users", text)
    assert counts(done) == (0, 0, 0, 1)
    [(_, _, code, found)] = faults(done)
    assert code == "precondition-failed"
    assert "version 2" in found["name"]
    assert reread(ann).name == "Annie"


def test_a_sign_in_since_the_export_is_no_clash_and_a_change_beside_it_is() -> None:
    people = [user(f"{name}@example.org", name=name) for name in ("ann", "bob", "eve")]
    text = written("users").replace(",ann,", ",Anna,").replace(",bob,", ",Bobby,").replace(",eve,", ",Evi,")
    for one in people[:2]:
        note_sign_in(one)
        note_sign_in(one)
    records.update(User, people[1].id, {"name": "Robert"}, ME)
    done = brought("users", text)
    assert (counts(done), [(code, [*told]) for _, _, code, told in faults(done)]) == (
        (0, 2, 0, 1), [("precondition-failed", ["name"])],
    )  # fmt: skip
    assert [reread(one).name for one in people] == ["Anna", "Robert", "Evi"]
    note_sign_in(people[0])
    records.update(User, people[2].id, {"name": "Eva"}, ME)
    back = undone(done["id"])
    assert (back["undone"], back["kept"]) == (1, 1)
    assert [reread(one).name for one in people] == ["ann", "Robert", "Eva"]


def note_sign_in(one: Record) -> None:
    with unit_of_work(ME) as session:
        session.execute(update(User).where(User.id == one.id).values(last_login_at=utcnow()))


def test_many_of_one_name_get_a_slug_each_in_any_script() -> None:
    users = [user(f"u{number}@x.org") for number in range(8)]
    business(users[0], "Café")
    names = ["Café", "Cafe", "日本", "Café", "👩👩", "Café", "Café"]
    text = "name,adminId\n" + "".join(f"{name},{one.id}\n" for name, one in zip(names, users[1:], strict=True))
    assert brought("businesses", text)["created"] == 7
    slugs = set(db.session.scalars(select(Business.slug)))
    assert {"cafe", "cafe-2", "cafe-3", "cafe-4", "cafe-5", "cafe-6", "ri-ben"} < slugs
    assert len(slugs) == 8
    assert all(slugs)


def test_a_category_may_stand_before_its_parent_and_in_a_circle() -> None:
    text = "id,name,parentId\nc,Low,b\nx,Ex,y\nb,Middle,a\ny,Why,x\na,Top,\no,Own,o\nk,Kin,bad\nbad,,\n"
    assert counts(brought("categories", text, dry_run=True)) == (5, 0, 0, 3)
    done = brought("categories", text)
    assert counts(done) == (5, 0, 0, 3)
    parents = dict(db.session.execute(select(Category.id, Category.parent_id)).all())
    assert parents == {"a": None, "b": "a", "c": "b", "x": "y", "y": "x"}
    told = {line: found for _, line, _, found in faults(done)}
    assert told[7] == {"parentId": "a record cannot stand under itself"}
    assert told[8] == {"parentId": "line 9, which brings this record, was refused"}


def test_an_inquiry_goes_to_exactly_one() -> None:
    firm = business(user())
    text = f"name,email,message,businessId,professionalId\nV,v@x.org,Hi,{firm.id},\nV,v@x.org,Hi,,\n"
    for dry_run in (True, False):
        assert counts(brought("inquiries", text, dry_run=dry_run)) == (1, 0, 0, 1)


def test_nobody_loses_the_panel_to_a_file() -> None:
    boss = create_superadmin("boss@x.org", "three grey horses run", Context("system:test"))
    text = "email,role\nboss@x.org,BUSINESS_ADMIN\n"
    done = brought("users", text)
    assert [code for _, _, code, _ in faults(done)] == ["last-superadmin"]
    create_superadmin("other@x.org", "three grey horses run", Context("system:test"))
    told: list[Any] = []
    execution.execute(sent("users", text).id, "here", deprived=lambda ids, _context: told.append(ids))
    assert told == [[boss]]


def test_a_file_that_cannot_be_is_refused_at_once_and_not_kept() -> None:
    refused = (
        (b"\xff\xfee\x00m\x00", "not-utf8"), (b"email\n\xe9\n", "not-utf8"), (b"", "empty"), (b" \n\n", "empty"),
        ("email\nGr\u00fc".encode()[:-1], "not-utf8"), (b"email,password,nickname\nx\n", "unknown-columns"),
        (b"email,email\nx\n", "unknown-columns"), (b",\nx\n", "empty"),
        (b"email\rann@example.org\r", "unreadable"), (b"email," + b"x" * 8_000_001, "unreadable"),
    )  # fmt: skip
    for text, code in refused:
        with pytest.raises(Problem) as caught:
            sent("users", text)
        assert (caught.value.status, caught.value.code) == (422, code)
        if b"password" in text:
            assert set(caught.value.fields) == {"password", "nickname"}
    assert db.session.scalar(select(func.count()).select_from(ImportPiece)) == 0


def test_a_file_that_breaks_off_says_where_and_keeps_what_was_before() -> None:
    done = brought("users", '[{"email": "a@x.org"},\n{"email": "b@x.org"}\n{"email": ', "json")
    assert (done["state"], done["created"]) == ("failed", 2)
    assert done["error"].startswith("Line 3: expected , or ]")
    assert emails() == ["a@x.org", "b@x.org"]


def test_an_import_is_taken_back_where_nobody_touched_it_since() -> None:
    ann, bob, cid = (user(f"{name}@x.org", name=name) for name in ("ann", "bob", "cid"))
    before = raw(ann)
    text = "email,name\nann@x.org,A\nbob@x.org,B\ncid@x.org,\nnew@x.org,N\nold@x.org,O\nuse@x.org,U\n"
    done = brought("users", text)
    assert counts(done) == (3, 3, 0, 0)
    ids = dict(db.session.execute(select(User.email, User.id)).all())
    records.update(User, bob.id, {"name": "Bobby"}, ME)
    records.delete(User, ids["old@x.org"], ME)
    business(records.read(User, ids["use@x.org"]))
    back = undone(done["id"])
    assert (back["state"], back["undone"], back["kept"]) == ("undone", 3, 3)
    assert {line: code for _, line, code, _ in faults(done)} == {3: "changed-since", 6: "gone", 7: "in-use"}
    assert [reread(one).name for one in (ann, bob, cid)] == ["ann", "Bobby", "cid"]
    same = {**before[0], "version": 3, "updated_at": raw(ann)[0]["updated_at"]}
    assert raw(ann) == [same]
    assert emails() == ["ann@x.org", "bob@x.org", "cid@x.org", "use@x.org"]
    entry = db.session.execute(select(QuarantineEntry.id, QuarantineEntry.record_id)).all()[-1]
    assert entry.record_id == ids["new@x.org"]
    assert quarantine.restore_run(done["id"], ME)["done"] == [entry.id]
    again = undone(done["id"])  # what came back by hand stays
    assert (again["undone"], again["kept"], "new@x.org" in emails()) == (3, 3, True)
    assert (again["keptForGood"], again["undoable"]) == (2, True)


def test_a_reference_is_taken_back_with_its_memory() -> None:
    ann, bob = user("a@x.org"), user("b@x.org")
    firm = business(ann)
    with unit_of_work(ME) as session:
        session.execute(update(Business).values(admin_id=None))
    done = brought("businesses", f"id,adminId\n{firm.id},{bob.id}\n")
    assert (reread(firm).admin_id, reread(firm).admin_ref) == (bob.id, bob.id)
    assert undone(done["id"])["undone"] == 1
    assert (reread(firm).admin_id, reread(firm).admin_ref) == (None, ann.id)


def test_a_preview_is_applied_with_its_file_and_a_cancelled_import_stops() -> None:
    seen = brought("users", "email\na@x.org\n", dry_run=True)
    with pytest.raises(Conflict):
        imports.ask_undo(seen["id"], ME)
    assert execution.execute(imports.apply(seen["id"], ME).id, "here")["created"] == 1
    one = sent("users", "email\n" + "".join(f"u{number}@x.org\n" for number in range(2500)))
    stopped = execution.execute(
        one.id, "here", watch=lambda found: found["state"] == "running" and imports.cancel(one.id, ME)
    )
    assert stopped["state"] == "cancelled"
    assert 0 < stopped["created"] < 2500
    assert len(emails()) == stopped["created"] + 1
    assert undone(one.id)["undone"] == stopped["created"]
    with pytest.raises(Conflict):
        imports.cancel(one.id, ME)


def test_old_imports_are_forgotten_and_their_counts_kept() -> None:
    seen, done = brought("users", "email\na@x.org\n", dry_run=True), brought("users", "email\na@x.org\n")
    with unit_of_work(ME) as session:
        session.execute(update(Import).where(Import.id == done["id"]).values(created_at=utcnow().replace(year=2020)))
    assert forgetting.forget(ME) == 1
    found = imports.read(done["id"])
    assert (found.created, found.forgotten_at is not None) == (1, True)
    assert db.session.scalar(select(func.count()).select_from(ImportedRow)) == 0
    for act in (imports.ask_undo, imports.apply):
        with pytest.raises(Conflict):
            act(done["id"], ME)
    assert execution.execute(imports.apply(seen["id"], ME).id, "here")["unchanged"] == 1


def test_an_export_is_filtered_sorted_and_an_event(app: Flask) -> None:
    firm = business(user())
    for state in ("NEW", "READ", "READ"):
        inquiry(business_id=firm.id, status=state)
    text = written("inquiries", status="READ", sort="createdAt")
    assert len(text.splitlines()) == 3
    assert brought("inquiries", text)["unchanged"] == 2
    event = db.session.scalars(select(Change).where(Change.action == "exported")).one()
    assert (event.actor, event.resource, event.after["format"]) == (ME.actor, "inquiries", "csv")
    assert db.session.scalar(select(func.count()).select_from(Change).where(Change.action == "imported")) == 1
