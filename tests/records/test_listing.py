"""Pages neither repeat nor skip, totals are true, and a list shows a record whatever it points to."""

from flask import Flask

from digisence import records
from digisence.changes import unit_of_work
from digisence.models import Business, Category, Inquiry, User
from digisence.records import listing, query
from tests import outsider
from tests.records.conftest import ME, business, inquiry, user


def names(model: type = Business, **parameters: str | list[str]) -> list[str]:
    values = {name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in parameters.items()}
    asked = query.parse(model, {name: value if isinstance(value, list) else [value] for name, value in values.items()})
    found = listing.page(model, asked)
    assert found.total >= len(found.items)
    return [item["name"] for item in found.items]


def test_pages_are_disjoint_complete_and_in_a_total_order(app: Flask, database: str) -> None:
    rows = ", ".join(f"('c{number:02}', 'Same', '2026-01-01 00:00:00')" for number in range(23))
    outsider.write(database, f"INSERT INTO categories (id, name, created_at) VALUES {rows}")
    for sort in ("-createdAt", "name", "-type,name"):
        pages = [
            listing.page(Category, query.parse(Category, {"page": [str(n)], "limit": ["5"], "sort": [sort]}))
            for n in range(1, 7)
        ]
        ids = [item["id"] for page in pages for item in page.items]
        assert sorted(ids) == [f"c{number:02}" for number in range(23)]
        assert [len(page.items) for page in pages] == [5, 5, 5, 5, 3, 0]
        assert {page.total for page in pages} == {23}


def test_filters_choose_by_value_by_absence_and_by_time(app: Flask, database: str) -> None:
    ann = user()
    food = records.create(Category, {"name": "Food", "slug": "a,b"} | {"slug": "food"}, ME)
    business(ann, "Bee", category_id=food.id, email="bee@example.org", gst_number="1,2")
    business(user("b@example.org"), "Wasp", is_active=False)
    outsider.write(database, "UPDATE businesses SET created_at = '2020-05-05 10:00:00' WHERE name = 'Wasp'")
    assert names(sort="name") == ["Bee", "Wasp"]
    assert names(categoryId=food.id) == ["Bee"]
    assert names(categoryId="null") == names(isActive="false") == names(categoryId__ne=food.id) == ["Wasp"]
    assert names(categoryId__ne="null") == ["Bee"]
    assert sorted(names(categoryId=f"null,{food.id}")) == ["Bee", "Wasp"]
    assert sorted(names(slug=["bee", "wasp"])) == sorted(names(slug="bee,wasp")) == ["Bee", "Wasp"]
    assert names(gstNumber="1\\,2") == ["Bee"]
    assert names(gstNumber="1,2") == []
    assert names(createdAt__lt="2021-01-01") == names(createdAt="2020-05-05T12:00:00+02:00") == ["Wasp"]
    assert names(createdAt__gte="2020-05-05T10:00:00Z", createdAt__lte="2020-05-05T10:00:00Z") == ["Wasp"]
    assert names(createdAt__gt="2020-05-05T10:00:00Z") == names(createdAt__ne="2020-05-05T10:00:00Z") == ["Bee"]
    assert names(search="bee", isActive="true", adminId=ann.id) == ["Bee"]
    assert names(search="bee", isActive="false") == []


def test_several_states_are_any_of_them(app: Flask) -> None:
    bee = business(user())
    for state in ("NEW", "READ", "CLOSED"):
        inquiry(name=state, business_id=bee.id, status=state)
    assert sorted(names(Inquiry, status="NEW,READ")) == ["NEW", "READ"]
    assert names(Inquiry, status__ne=["NEW", "READ"]) == ["CLOSED"]


def test_an_empty_field_sorts_as_the_largest_value_on_both_databases(app: Flask) -> None:
    for email, name in (("a@example.org", None), ("b@example.org", "Bob"), ("c@example.org", "Ann")):
        user(email, name=name)
    assert names(User, sort="name") == ["Ann", "Bob", None]
    assert names(User, sort="-name") == [None, "Bob", "Ann"]


def test_a_record_whose_admin_is_missing_is_in_the_list(app: Flask, database: str, engine_name: str) -> None:
    ann = user()
    bee = business(ann)
    outsider.write(
        database,
        f"DELETE FROM users WHERE id = '{ann.id}'",
        before="PRAGMA foreign_keys=OFF" if engine_name == "sqlite" else "",
    )
    (item,) = listing.page(Business, query.parse(Business, {})).items
    assert (item["id"], item["adminRef"]) == (bee.id, ann.id)
    assert "passwordHash" not in listing.page(User, query.parse(User, {})).items


def test_a_snapshot_does_not_see_what_is_committed_after_it_began(app: Flask, database: str) -> None:
    with listing.snapshot() as session:
        before = listing.page(Category, query.parse(Category, {}), session).total
        outsider.write(database, "INSERT INTO categories (id, name) VALUES ('late', 'Late')")
        assert listing.page(Category, query.parse(Category, {}), session).total == before == 0
    assert listing.page(Category, query.parse(Category, {})).total == 1
    with unit_of_work(ME) as unit, listing.snapshot() as session:
        assert session is unit
