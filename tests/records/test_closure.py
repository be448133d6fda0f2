"""What belongs to a record is declared, and every reference is either that or plain."""

from flask import Flask

from digisence import records
from digisence.changes import unit_of_work
from digisence.models import RECORDS, Category, User
from digisence.records import closure, listing
from digisence.records.tables import references, referrers
from tests.records.conftest import ME, business, inquiry, put_under, user


def test_ownership_names_only_references_that_exist() -> None:
    for resource, attribute in closure.OWNERSHIP:
        assert attribute in {field.attribute for field in references(RECORDS[resource])}


def test_every_reference_of_every_resource_is_known_from_the_other_side() -> None:
    forward = {(name, field.attribute) for name, model in RECORDS.items() for field in references(model)}
    backward = {(model.__resource__, field.attribute) for name in RECORDS for model, field in referrers(name)}
    assert forward == backward
    assert ("categories", "parent_id") in forward


def test_the_closure_of_a_user_reaches_the_inquiries_of_their_business_and_no_further(app: Flask) -> None:
    ann, bob = user(), user("bob@example.org")
    bee = business(ann)
    mine, written = inquiry(business_id=bee.id), inquiry(business_id=business(bob, "Wasp").id, user_id=ann.id)
    with unit_of_work(ME) as session:
        taken = closure.gather(session, User, [ann.id])
        assert [(one.id, one.root) for one in taken] == [(ann.id, ann.id), (bee.id, ann.id), (mine.id, ann.id)]
        assert closure.emptied(session, taken) == {
            ann.id: [{"resource": "inquiries", "recordId": written.id, "field": "userId", "value": ann.id}]
        }


def test_rounds_put_the_lowest_first_and_a_circle_whole(app: Flask) -> None:
    top = records.create(Category, {"name": "Top"}, ME)
    low = records.create(Category, {"name": "Low", "parent_id": top.id}, ME)
    with unit_of_work(ME) as session:
        rounds = closure.rounds(session, Category, [top.id, low.id])
        assert next(rounds) == [low.id]
    put_under(top, low)
    with unit_of_work(ME) as session:
        assert next(closure.rounds(session, Category, [top.id, low.id])) == [top.id, low.id]
        assert list(closure.rounds(session, User, ["a", "b"])) == [["a", "b"]]


def test_what_is_foreseen_is_what_a_deletion_does(app: Flask) -> None:
    ann, bob = user(), user("bob@example.org")
    bee = business(ann)
    for _ in range(2):
        inquiry(business_id=bee.id, user_id=ann.id)
    inquiry(business_id=business(bob, "Wasp").id, user_id=ann.id)
    records.create(Category, {"name": "Own", "business_id": bee.id}, ME)
    with listing.snapshot() as session:
        told = closure.foresee(session, User, ann.id)
    assert told == {
        "along": [
            {"resource": "inquiries", "field": "businessId", "count": 2},
            {"resource": "businesses", "field": "adminId", "count": 1},
        ],
        "emptied": [
            {"resource": "categories", "field": "businessId", "count": 1},
            {"resource": "inquiries", "field": "userId", "count": 1},
        ],
    }
    entry = records.delete(User, ann.id, ME)
    assert sorted(child["resource"] for child in entry.children) == ["businesses", "inquiries", "inquiries"]
    assert sorted((one["resource"], one["field"]) for one in entry.emptied) == [
        ("categories", "businessId"), ("inquiries", "userId")
    ]  # fmt: skip
