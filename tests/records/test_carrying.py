"""An action on many records does to each what it can, tells why not to the others, and is undone as a whole."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.errors import Conflict, Invalid, NotFound
from digisence.extensions import db
from digisence.models import (
    BulkAction,
    BulkItem,
    Business,
    BusinessListingInquiry,
    Category,
    Change,
    QuarantineEntry,
    Record,
    User,
)
from digisence.records import bulk_told, carrying, create, delete, ledger, quarantine, read
from digisence.records import update as patch

from .conftest import ME, business, inquiry, raw, told, user

pytestmark = pytest.mark.usefixtures("app")
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
OTHER = Context("user:other")


def do(model: type[Record], action: str, ids: Sequence[str] | None = None, **more: Any) -> dict[str, Any]:
    """A bulk action, carried out here."""
    body = {"action": action, **({} if ids is None else {"ids": list(ids)}), **more}
    bulk_id, _few = ledger.open_(model, body, ME)
    assert carrying.carry_out(bulk_id) is not None
    return bulk_told.results(bulk_id)


def undo(bulk_id: str) -> dict[str, Any]:
    ledger.ask_undo(bulk_id, OTHER)
    assert carrying.carry_out(bulk_id) is not None
    return bulk_told.results(bulk_id, undo=True)


def words(results: dict[str, Any]) -> dict[str, str]:
    return {failure["id"]: failure["code"] for failure in results["failed"]}


def category(name: str, **values: Any) -> Record:
    return create(Category, {"name": name, **values}, ME)


@pytest.fixture
def shops() -> list[Record]:
    """Three businesses."""
    return [business(user(f"u{number}@example.org"), f"Shop {number}") for number in range(3)]


def test_each_record_is_done_once_and_each_refusal_is_told(shops: list[Record]) -> None:
    one, two, three = (shop.id for shop in shops)
    done = len(told())
    results = do(Business, "deactivate", [two, one, two, "nobody", one, three], versions={three: 7})
    assert results["done"] == [two, one]
    assert words(results) == {"nobody": "not-found", three: "precondition-failed"}
    assert {failure["id"]: "version 1" in failure["detail"] for failure in results["failed"]}[three]
    assert sorted(told(done)) == sorted(("businesses", record_id, "updated", 2) for record_id in (one, two))
    again = do(Business, "deactivate", [one, three])
    assert again["done"] == [one, three]
    assert told(done + 2) == [("businesses", three, "updated", 2)], "what is so already is not written again"
    with db.engine.connect() as connection:
        rows = connection.execute(select(Change.actor, Change.request_id).where(Change.action == "updated")).all()
    assert set(rows) == {(ME.actor, ME.request_id)}


def test_what_was_written_is_put_back_where_nobody_wrote_since(shops: list[Record]) -> None:
    food = category("Food")
    patch(Business, shops[0].id, {"category_id": food.id, "phone": "1"}, ME)
    stood = raw(*shops)
    results = do(Business, "set", [shop.id for shop in shops], values={"categoryId": None, "phone": None})
    assert (len(results["done"]), results["failed"]) == (3, [])
    assert [row["category_ref"] for row in raw(*shops)] == [None, None, None]
    patch(Business, shops[1].id, {"name": "Mine now"}, ME)
    done = len(told())
    undone = undo(results["bulkId"])
    assert undone["done"] == [shops[0].id, shops[1].id, shops[2].id], "it had nothing to clear in two of them"
    own = ("version", "updated_at")
    assert {k: v for k, v in raw(shops[0])[0].items() if k not in own} == {
        k: v for k, v in stood[0].items() if k not in own
    }
    assert told(done) == [("businesses", shops[0].id, "updated", 4)]
    assert undo(results["bulkId"]) == undone
    assert told(done + 1) == []


def test_what_was_changed_or_went_since_is_told_with_what_to_do(shops: list[Record]) -> None:
    one, two, three = shops
    results = do(Business, "set", [shop.id for shop in shops], values={"name": "Alike"})
    patch(Business, one.id, {"phone": "5"}, ME)
    entry = delete(Business, two.id, ME)
    undone = undo(results["bulkId"])
    assert undone["done"] == [three.id]
    assert words(undone) == {one.id: "changed-since", two.id: "gone"}
    sentences = {failure["id"]: failure["detail"] for failure in undone["failed"]}
    assert "version 3" in sentences[one.id]
    assert entry.id in sentences[two.id]
    action = ledger.read(results["bulkId"])
    assert (action.state, action.undone, action.conflicts, action.undo_actor) == ("undone", 1, 2, OTHER.actor)
    assert bulk_told.summary(action)["conflictsForGood"] == 1, "what went may be restored"
    assert (read(Business, one.id).name, read(Business, three.id).name) == ("Alike", "Shop 2")  # type: ignore[attr-defined]
    quarantine.restore(entry.id, ME)
    assert sorted(undo(results["bulkId"])["done"]) == sorted([two.id, three.id])


def test_deletions_come_back_identical_with_all_that_went_along(shops: list[Record]) -> None:
    mail = inquiry(business_id=shops[0].id)
    parent = category("Parent")
    children = [category(f"Child {number}", parent_id=parent.id) for number in range(3)]
    stood = raw(*shops, mail), raw(parent, *children)
    shopping = do(Business, "delete", [shop.id for shop in shops])
    sorting = do(Category, "delete", [parent.id, *(child.id for child in children)])
    assert raw(*shops, mail, parent, *children) == []
    with db.engine.connect() as connection:
        marked = connection.execute(select(QuarantineEntry.bulk_id, QuarantineEntry.kind).distinct()).all()
    assert sorted(marked) == sorted((results["bulkId"], "manual") for results in (shopping, sorting))
    assert len(undo(shopping["bulkId"])["done"]) == 3
    assert len(undo(sorting["bulkId"])["done"]) == 4
    assert (raw(*shops, mail), raw(parent, *children)) == stood


def test_a_deletion_that_cannot_be_undone_says_who_is_in_the_way(shops: list[Record]) -> None:
    one, two, three = shops
    slug = raw(one)[0]["slug"]
    results = do(Business, "delete", [shop.id for shop in shops])
    taker = business(user("new@example.org"), "Taker", slug=slug)
    with db.engine.connect() as connection:
        held = select(QuarantineEntry.id).where(QuarantineEntry.record_id == two.id)
        entry_id = connection.execute(held).scalar_one()
    quarantine.restore(entry_id, ME)
    patch(Business, two.id, {"name": "Restored by hand"}, ME)
    undone = undo(results["bulkId"])
    assert (undone["done"], words(undone)) == ([two.id, three.id], {one.id: "taken"})
    assert f"businesses/{taker.id}" in undone["failed"][0]["detail"]
    assert read(Business, two.id).name == "Restored by hand"  # type: ignore[attr-defined]
    patch(Business, taker.id, {"slug": "elsewhere"}, ME)
    assert undo(results["bulkId"])["done"] == [one.id, two.id, three.id]
    delete(Business, two.id, ME)
    assert words(undo(results["bulkId"])) == {}, "what is undone stays so"


def test_all_of_a_bulk_deletion_is_restored_by_its_id(shops: list[Record]) -> None:
    results = do(Business, "delete", [shop.id for shop in shops])
    back = quarantine.restore_bulk(results["bulkId"], ME)
    assert (len(back["done"]), back["failed"]) == (3, [])
    assert undo(results["bulkId"])["failed"] == []
    with pytest.raises(NotFound):
        quarantine.restore_bulk("nothing", ME)


def test_a_value_that_only_one_may_have_goes_to_one_and_the_others_are_told_who(shops: list[Record]) -> None:
    results = do(Business, "set", [shop.id for shop in shops], values={"slug": "ours"})
    assert results["done"] == [shops[0].id]
    assert words(results) == {shops[1].id: "taken", shops[2].id: "taken"}
    assert all(f"businesses/{shops[0].id}" in failure["detail"] for failure in results["failed"])
    fresh = do(Business, "set", [shop.id for shop in shops], values={"slug": ""})
    assert len(fresh["done"]) == 3
    assert [row["slug"] for row in raw(*shops)] == ["shop-0", "shop-1", "shop-2"]
    assert fresh_of_one(shops[0])[0]["slug"] == "shop-0", "its own is not in its way"
    assert len(undo(fresh["bulkId"])["done"]) == 3
    assert raw(shops[0])[0]["slug"] == "ours"


def test_the_last_superadmin_and_oneself_are_spared_and_no_other() -> None:
    boss, other, plain = (user(f"{name}@example.org", role=role) for name, role in (
        ("boss", "SUPER_ADMIN"), ("other", "SUPER_ADMIN"), ("plain", "BUSINESS_ADMIN"),
    ))  # fmt: skip
    me = Context(f"user:{boss.id}")
    for action in ("deactivate", "delete"):
        bulk_id, _ = ledger.open_(User, {"action": action, "ids": [boss.id, other.id, plain.id]}, me)
        carrying.carry_out(bulk_id)
        results = bulk_told.results(bulk_id)
        assert (results["done"], words(results)) == ([other.id, plain.id], {boss.id: "self"})
        assert undo(bulk_id)["failed"] == []
    nobody = Context("system:command-line")
    bulk_id, _ = ledger.open_(User, {"action": "set", "values": {"role": "BUSINESS_ADMIN"}, "filter": {}}, nobody)
    carrying.carry_out(bulk_id)
    results = bulk_told.results(bulk_id)
    assert (len(results["done"]), list(words(results).values())) == (2, ["last-superadmin"])
    assert undo(bulk_id)["failed"] == []


def test_an_undo_that_would_shut_the_asker_out_is_refused() -> None:
    one, two = (user(f"{name}@example.org", role="SUPER_ADMIN", is_active=False) for name in "ab")
    results = do(User, "activate", [one.id, two.id])
    ledger.ask_undo(results["bulkId"], Context(f"user:{one.id}"))
    carrying.carry_out(results["bulkId"])
    undone = bulk_told.results(results["bulkId"], undo=True)
    assert (undone["done"], words(undone)) == ([two.id], {one.id: "self"})


def test_a_filter_means_what_it_means_in_a_list(shops: list[Record]) -> None:
    patch(Business, shops[2].id, {"is_active": False}, ME)
    assert do(Business, "deactivate", filter={"search": "shop", "isActive": True})["done"] == sorted(
        s.id for s in shops[:2]
    )
    assert do(Business, "activate", filter={"slug": ["shop-1", "shop-2"], "categoryId": None})["done"] == sorted(
        shop.id for shop in shops[1:]
    )
    assert do(Business, "delete", filter={"search": "nothing like it"}) | {"bulkId": ""} == {
        "bulkId": "",
        "done": [],
        "failed": [],
    }


def test_what_has_no_place_any_more_is_told_and_holds_up_no_other(shops: list[Record]) -> None:
    one, two, _three = shops
    results = do(Business, "set", [one.id, two.id], values={"phone": "5"})
    with unit_of_work(ME) as session:
        older = update(BulkItem).where(BulkItem.record_id == one.id).values(before={"fax": None})
        session.execute(older.execution_options(synchronize_session=False))
    undone = undo(results["bulkId"])
    assert (undone["done"], words(undone)) == ([two.id], {one.id: "shape-changed"})
    assert "fax" in undone["failed"][0]["detail"]


def fresh_of_one(shop: Record) -> list[dict[str, Any]]:
    patch(Business, shop.id, {"slug": ""}, ME)
    return raw(shop)


@on_sqlite
def test_no_bulk_action_may_claim_a_decision() -> None:
    values = {"business_name": "B", "contact_name": "Co", "email": "c@example.org", "requirements": "all"}
    one = create(BusinessListingInquiry, values, ME)
    results = do(BusinessListingInquiry, "set", [one.id], values={"status": "APPROVED"})
    assert (results["done"], words(results)) == ([], {one.id: "decision"})
    assert do(BusinessListingInquiry, "set", [one.id], values={"status": "UNDER_REVIEW"})["done"] == [one.id]


REFUSED: list[tuple[type[Record], dict[str, Any], set[str]]] = [
    (Business, {"action": "delete"}, {"ids"}),
    (Business, {"action": "delete", "ids": ["a"], "filter": {}}, {"ids"}),
    (Category, {"action": "activate", "ids": ["a"]}, {"action"}),
    (Business, {"action": "delete", "filter": {"bogus": 1, "page": 2, "isActive": "yes", "slug": {}}},
     {"filter.bogus", "filter.page", "filter.isActive", "filter.slug"}),
    (Business, {"action": "delete", "ids": ["a"], "versions": {"b": 1}}, {"versions.b"}),
    (Business, {"action": "delete", "filter": {}, "versions": {"b": 1}}, {"versions"}),
    (Business, {"action": "delete", "ids": ["a"], "values": {"name": "x"}}, {"values"}),
    (Business, {"action": "set", "ids": ["a"]}, {"values"}),
    (Business, {"action": "set", "ids": ["a"], "values": {"name": "", "id": "x", "categoryId": 5}},
     {"values.name", "values.id", "values.categoryId"}),
    (Business, {"action": "set", "ids": ["a"], "values": {"categoryId": "nothing"}}, {"values.categoryId"}),
    (Business, {"action": "set", "ids": ["a"], "values": {"adminId": None}}, {"adminId"}),
]  # fmt: skip


@on_sqlite
def test_an_ask_that_makes_no_sense_is_refused_by_name() -> None:
    for model, body, named in REFUSED:
        with pytest.raises(Invalid) as refused:
            ledger.open_(model, body, ME)
        assert set(refused.value.fields) == named
    with db.engine.connect() as connection:
        assert connection.execute(select(BulkAction.id)).first() is None


def test_a_large_one_is_listed_in_its_job_and_taken_on_by_one_process_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger.actions, "AT_ONCE", 2)
    tree = [category(f"Category {number}") for number in range(4)]
    bulk_id, few = ledger.open_(Category, {"action": "set", "filter": {}, "values": {"description": "d"}}, ME)
    assert (few, ledger.read(bulk_id).total) == (False, None)
    first = ledger.claim(bulk_id)
    assert first is not None
    assert ledger.claim(bulk_id) is None, "somebody has it"
    with pytest.raises(Conflict, match="under way"):
        ledger.ask_undo(bulk_id, ME)
    grow_silent(bulk_id)
    assert carrying.carry_out(bulk_id) is not None
    with pytest.raises(ledger.TurnLost), unit_of_work(ME) as session:
        ledger.fenced(session, first)
    assert (ledger.read(bulk_id).total, ledger.read(bulk_id).done) == (4, 4)
    assert bulk_told.items(bulk_id, 1, 2, "done")[1] == 4
    assert len(undo(bulk_id)["done"]) == 4
    assert [row["version"] for row in raw(*tree)] == [3, 3, 3, 3]


def grow_silent(bulk_id: str) -> None:
    """Let a process that has an action look dead."""
    with unit_of_work(ME) as session:
        past = update(BulkAction).where(BulkAction.id == bulk_id).values(heartbeat_at=utcnow() - 3 * ledger.SILENT)
        session.execute(past.execution_options(synchronize_session=False))
