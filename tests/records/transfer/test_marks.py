"""What rows have claimed is known however many there are, and takes no more memory for it."""

import json
import tracemalloc

import pytest

from digisence.models import Category
from digisence.records import create
from digisence.records.transfer import marks
from digisence.records.transfer.marks import Mark, Marks
from tests.records.conftest import ME, user
from tests.records.transfer.files import brought, counts, faults

on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it


@pytest.fixture(params=[1, 3, 20_000])
def near(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "NEAR", request.param)


@pytest.mark.usefixtures("near")
def test_a_mark_is_the_last_put_and_the_first_claimed() -> None:
    kept = Marks()
    values = ["a", "A", "", "a\0b", "\ud800", "é", "🐝"]
    for number, value in enumerate(values):
        assert kept.first("key:id", value, Mark(number, number + 1, "o")) == (number, number + 1, "o")
    for number, value in enumerate(values):
        assert kept.first("key:id", value, Mark(99, 99)) == Mark(number, number + 1, "o")
        assert not kept.has("key:email", value)
    kept.put("key:id", "a", Mark(7, 8))
    assert [kept.get("key:id", value) for value in ("A", "a", "b")] == [Mark(1, 2, "o"), Mark(7, 8), None]


def test_more_marks_take_no_more_memory() -> None:
    kept = Marks()
    tracemalloc.start()
    try:
        for number in range(100_000):
            kept.first("value:email", f"person-{number}@example.org", Mark(number, number, "x" * 36 + str(number)))
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
        assert kept.get("value:email", "person-5@example.org") == Mark(5, 5, "x" * 36 + "5")
    finally:
        tracemalloc.stop()


@on_sqlite
@pytest.mark.usefixtures("app", "near")
def test_a_file_is_judged_alike_whatever_has_to_be_put_away() -> None:
    ann = user("ann@example.org", name="Ann")
    rows = [
        {"email": "bob@x.org"}, {"email": "Bob@x.org"}, {"email": "bob@x.org"}, {"id": ann.id, "name": "A"},
        {"email": "ann@example.org", "name": "B"}, {"email": "eve@x.org"}, {"id": ann.id, "email": "eve@x.org"},
    ]  # fmt: skip
    for dry_run in (True, False):
        done = brought("users", json.dumps(rows), "json", dry_run=dry_run)
        assert (counts(done), [(number, code) for number, _, code, _ in faults(done)]) == (
            (2, 1, 0, 4), [(2, "taken"), (3, "duplicate"), (5, "duplicate"), (7, "duplicate")],
        )  # fmt: skip


@on_sqlite
@pytest.mark.usefixtures("app", "near")
def test_slugs_and_parents_are_known_though_put_away() -> None:
    create(Category, {"name": "Bakers"}, ME)
    rows = [
        {"name": "Bakers"},
        {"name": "Bakers"},
        {"id": "p", "name": "Smiths", "slug": "bakers-4"},
        {"name": "Bakers"},
    ]
    rows += [{"id": f"c{number}", "name": "Smiths", "parentId": "p"} for number in range(3)] + [
        {"name": "X", "parentId": "none"}
    ]
    done = brought("categories", json.dumps(rows), "json")
    assert (counts(done), [number for number, *_ in faults(done)]) == ((7, 0, 0, 1), [8])
