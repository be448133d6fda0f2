"""Rows that name one another go in and come out in order, however many, in a bounded piece of memory."""

import json
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from digisence import records
from digisence.extensions import db
from digisence.models import Category
from digisence.records import crossing, quarantine
from digisence.records.pace import Pace
from digisence.records.transfer import files, imports, undoing, writing
from digisence.records.transfer import standing as standing_
from digisence.records.transfer.kin import Kin, Member
from tests.records.conftest import ME, raw
from tests.records.transfer.files import brought, counts, faults, undone

NAMES = st.sampled_from([None, "", "a", "b", "c", "d", "e", "f", "nobody", "\ud800"])


def members(pairs: Iterable[tuple[str | None, str | None]]) -> list[Member]:
    return [Member(number, own, above, str(number)) for number, (own, above) in enumerate(pairs, 1)]


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12))
def test_who_is_named_is_there_before_and_a_circle_is_there_at_once(pairs: list[tuple[str | None, str | None]]) -> None:
    listed = members(pairs)
    first = {own: number for number, (own, _) in reversed(list(enumerate(pairs, 1))) if own}
    kin = Kin(listed)
    down, up = ([[int(kept) for kept in group] for group in groups] for groups in (kin.downwards(), kin.upwards()))
    assert sorted(number for group in down for number in group) == list(range(1, len(pairs) + 1))
    for groups, before in ((down, True), (up, False)):
        place = {number: at for at, group in enumerate(groups) for number in group}
        for number, (_, above) in enumerate(pairs, 1):
            if above in first:
                mine, theirs = place[number], place[first[above]]
                assert mine == theirs or (theirs < mine) is before
    for group in down:
        if len(group) > 1:  # each names another of them: no more is held at once than must be
            assert {first.get(pairs[number - 1][1]) for number in group} == set(group)
    assert list(Kin(listed).downwards()) == [list(map(str, group)) for group in down]


@pytest.mark.parametrize("shape", ["flat", "a line from its end", "a tree from its leaves"])
def test_more_rows_take_no_more_memory(shape: str) -> None:
    number_of = 30_000
    above = {
        "flat": lambda _: None,
        "a line from its end": lambda n: f"c{n + 1}",
        "a tree from its leaves": lambda n: f"c{n + n // 9 + 1}",
    }
    tracemalloc.start()
    try:
        kin = Kin(Member(n, f"c{n}", above[shape](n), "x" * 500) for n in range(number_of))
        assert sum(1 for _ in kin.downwards()) == sum(1 for _ in kin.upwards()) == number_of
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_row_is_kept_as_it_was_and_one_nested_too_deep_is_told() -> None:
    row = files.Row(3, 4, {"id": "\ud800", "x": [1, 1.0, True, None, 10**30, "é\0"]}, {"name": "is bad"})
    assert repr(files.restored(files.kept(row))) == repr(row)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert files.restored(files.kept(files.Row(3, 4, {"x": deep}))).faults == {
        "row": "is not JSON: it is nested too deep"
    }


TREE = [
    {"id": f"k{number}", "name": f"Cat {number}", "parentId": f"k{number // 3}" if number else None}
    for number in range(40)
]
RING = [{"id": f"r{number}", "name": f"Ring {number}", "parentId": f"r{(number + 1) % 5}"} for number in range(5)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eleven rows a transaction."""
    monkeypatch.setattr(Pace, "size", property(lambda _: 11, lambda _, __: None), raising=False)


def standing() -> dict[str, str | None]:
    """Which category stands under which."""
    found = {row.id: row.parent_id for row in db.session.execute(select(Category.id, Category.parent_id))}
    db.session.rollback()
    return found


@pytest.mark.usefixtures("app", "few")
@pytest.mark.parametrize("rows", [TREE, [*TREE[::-1], *RING]], ids=["from the top", "from below, and a circle"])
def test_categories_go_in_and_are_taken_back_a_few_at_a_time_and_come_back(rows: list[dict[str, str | None]]) -> None:
    moved, outside = (records.create(Category, {"name": name}, ME) for name in ("Moved", "Outside"))
    untouched = raw(outside)
    done = brought("categories", json.dumps([*rows, {"id": moved.id, "parentId": "k39"}]), "json")
    assert counts(done) == (len(rows), 1, 0, 0)
    filed = {str(row["id"]): row["parentId"] for row in rows}
    assert standing() == {**filed, moved.id: "k39", outside.id: None}
    back = undone(done["id"])
    assert (back["state"], back["undone"], back["kept"]) == ("undone", len(rows) + 1, 0)
    assert standing() == {moved.id: None, outside.id: None}
    assert raw(outside) == untouched
    assert raw(moved)[0]["parent_ref"] is None
    assert quarantine.restore_run(done["id"], ME)["failed"] == []
    assert standing() == {**filed, moved.id: None, outside.id: None}


TAKEN = {"id": "p0", "name": "Parent", "slug": "taken"}
KEPT = [{"id": f"x{number}", "name": f"Other {number}"} for number in range(8)]


@pytest.mark.usefixtures("app", "few")
def test_who_stands_under_a_row_that_a_second_try_refuses_hears_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries of the first batch another takes the slug; the last ones stand in the next batch."""
    note, failures = writing.note, [OperationalError("INSERT", {}, Exception("database is locked"))]

    def once_in_the_way(*told: Any) -> None:
        if failures:
            raise failures.pop()
        note(*told)

    def again(*told: Any, **more: str) -> None:
        records.create(Category, {"name": "Other", "slug": "taken"}, ME)

    monkeypatch.setattr(crossing.log, "info", again)
    monkeypatch.setattr(writing, "note", once_in_the_way)
    monkeypatch.setattr(crossing, "PAUSE", 0.0)
    below = [{"id": f"p{number}", "name": f"Child {number}", "parentId": f"p{number - 1}"} for number in range(1, 5)]
    done = brought("categories", "\n".join(map(json.dumps, [TAKEN, *KEPT, *below])), "ndjson")
    monkeypatch.undo()
    assert (done["state"], *counts(done)) == ("done", 8, 0, 0, 5)
    left = {
        number: {"parentId": f"line {number - 1 if number > 10 else 1}, which brings this record, was refused"}
        for number in range(10, 14)
    }
    assert {number: told for number, *_, told in faults(done)} == {
        1: {"slug": "is used by another record already"},
        **left,
    }


@pytest.mark.usefixtures("app", "few")
@pytest.mark.parametrize("ring", [False, True], ids=["in a line", "in a circle"])
def test_who_stands_under_a_row_that_the_database_refuses_is_refused_with_it(
    monkeypatch: pytest.MonkeyPatch, ring: bool
) -> None:
    """As when another takes the slug after the look at the database, and before the row is written."""
    records.create(Category, {"name": "Other", "slug": "taken"}, ME)
    monkeypatch.setattr(standing_, "holders", lambda *_: {})
    rows = [{"id": "p2", "name": "Lowest", "parentId": "p1"}, {"id": "p1", "name": "Lower", "parentId": "p0"}]
    done = brought("categories", json.dumps([*rows, {**TAKEN, "parentId": "p2" if ring else None}, *KEPT]), "json")
    assert (done["state"], *counts(done)) == ("done", 8, 0, 0, 3)
    told = {number: told for number, *_, told in faults(done)}
    assert told == {
        1: {"parentId": "row 2, which brings this record, was refused"},
        2: {"parentId": "row 3, which brings this record, was refused"},
        3: {"slug": "is used by another record already"},
    }  # fmt: skip
    assert set(standing()) & {"p0", "p1", "p2"} == set()


@pytest.mark.usefixtures("app", "few")
@pytest.mark.parametrize("dry_run", [True, False], ids=["looked at", "brought in"])
def test_no_row_moves_a_category_under_what_stands_under_it_but_one_that_was_exported(dry_run: bool) -> None:
    brought(
        "categories",
        json.dumps(
            [
                {"id": f"w{number}", "name": f"Was {number}", "parentId": f"w{number - 1}" if number else None}
                for number in range(4)
            ]
        ),
        "json",
    )
    moved = brought("categories", "id,parentId\nw0,w3\n", dry_run=dry_run)
    assert (counts(moved), faults(moved)[0][3]) == ((0, 0, 0, 1), {"parentId": "a record cannot stand under itself"})
    turned = brought("categories", "id,parentId\nw0,w1\nw1,\n", dry_run=dry_run)  # w1 goes up before w0 goes under it
    assert counts(turned) == (0, 2, 0, 0)
    crossed = brought("categories", "id,parentId\nw2,w3\nw3,w2\n", dry_run=dry_run)
    assert counts(crossed) == (0, 0, 1, 1)
    version = records.read(Category, "w1").version
    exact = brought("categories", f"id,parentId,version\nw1,w3,{version}\n", dry_run=dry_run)
    assert counts(exact) == (0, 1, 0, 0)


@pytest.mark.usefixtures("app", "few")
def test_an_undoing_puts_no_category_back_under_what_stands_under_it_by_now() -> None:
    low, high, other = (records.create(Category, {"name": name}, ME) for name in ("Low", "High", "Other"))
    records.update(Category, low.id, {"parent_id": high.id}, ME)
    done = brought("categories", f"id,parentId\n{low.id},\n{other.id},{high.id}\n")
    records.update(Category, high.id, {"parent_id": low.id}, ME)
    back = undone(done["id"])
    assert (back["undone"], back["kept"], back["keptForGood"], back["undoable"]) == (1, 1, 0, True)
    assert faults(done)[0][2:] == ("invalid", {"parentId": "a record cannot stand under itself"})
    assert standing() == {low.id: None, high.id: low.id, other.id: None}
    records.update(Category, high.id, {"parent_id": None}, ME)
    assert (undone(done["id"])["undone"], standing()[low.id]) == (2, high.id)


@pytest.mark.usefixtures("app", "few")
def test_an_undoing_that_broke_off_amid_a_tree_goes_on() -> None:
    done = brought("categories", json.dumps(TREE), "json")
    imports.ask_undo(done["id"], ME)

    def stop(_: object) -> None:
        raise OperationalError("x", {}, Exception("the database went away"))

    with pytest.raises(OperationalError):
        undoing.undo(done["id"], "here", watch=stop)
    there = standing()
    assert len(there) == len(TREE) - 11
    assert all(above in there for above in there.values() if above)
    assert imports.again(imports.read(done["id"]))
    back = undoing.undo(done["id"], "there")
    assert back is not None
    assert (back["undone"], back["kept"], standing()) == (len(TREE), 0, {})
