"""Tags, times and positions: what a reader has is called unchanged only when it is."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from digisence import records
from digisence.changes import outbox, unit_of_work
from digisence.errors import Problem
from digisence.extensions import db, sse
from digisence.models import Business, Category, Outbox, Publication
from digisence.records import freshness, listing
from tests import outsider
from tests.records.conftest import ME, business, user


def published() -> str:
    """Publish what waits; the position of the last publication."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        outbox.drain()
        db.session.rollback()
        if not db.session.scalars(select(Outbox.change_id)).first():
            db.session.rollback()
            return str(sse.head())
        time.sleep(0.02)
    raise AssertionError("the outbox does not empty")


def tag(**question: list[str]) -> str:
    with listing.snapshot() as session:
        return freshness.tag(session, question, "SUPER_ADMIN")


def since(position: str, model: type = Business) -> freshness.Delta:
    with listing.snapshot() as session:
        return freshness.since(session, model, position)


def modified(resource: str = "businesses") -> datetime | None:
    with listing.snapshot() as session:
        return freshness.last_modified(session, resource)


def age(seconds: float) -> None:
    """Let every publication be `seconds` old."""
    stamp = int((datetime.now(UTC) - timedelta(seconds=seconds)).timestamp() * 1000)
    with unit_of_work(ME) as session:
        session.execute(update(Publication).values(milliseconds=stamp))


def test_a_tag_changes_with_the_question_the_rights_and_every_change_waiting_or_published(
    app: Flask, database: str
) -> None:
    published()
    first = tag(page=["1"])
    assert tag(page=["1"]) == first
    with listing.snapshot() as session:
        assert freshness.tag(session, {"page": ["1"]}, "OTHER") != first
    outsider.write(database, "INSERT INTO categories (id, name) VALUES ('c1', 'Food')")
    waiting = tag(page=["1"])
    published()
    assert len({first, waiting, tag(page=["1"]), tag(page=["2"])}) == 4


def test_the_time_of_a_resource_is_told_once_it_is_settled_and_nothing_waits(app: Flask, database: str) -> None:
    assert modified() is None
    bee = business(user())
    published()
    assert modified() is None
    age(10)
    told = modified()
    assert told is not None
    assert 9 < (datetime.now(UTC) - told).total_seconds() < 15
    outsider.write(database, f"DELETE FROM businesses WHERE id = '{bee.id}'")
    assert modified() is None
    assert modified("users") == told
    assert modified("inquiries") == told


def test_what_changed_after_a_position_is_the_records_as_they_are_and_the_ids_that_are_gone(app: Flask) -> None:
    ann, bob = user(), user("bob@example.org")
    old = business(ann, "Old")
    gone = business(bob, "Gone")
    start = published()
    assert since(start) == freshness.Delta([], [], start)
    records.update(Business, old.id, {"name": "One"}, ME)
    records.update(Business, old.id, {"name": "Two"}, ME)
    records.delete(Business, gone.id, ME)
    end = published()
    found = since(start)
    assert [(item["id"], item["name"], item["version"]) for item in found.items] == [(old.id, "Two", 3)]
    assert (found.deleted, found.position) == ([gone.id], end)
    assert since(end) == freshness.Delta([], [], end)
    assert since(start, Category).items == []
    everything = since("0-0")
    assert [item["id"] for item in everything.items] == [old.id]


def test_what_was_told_by_one_message_is_whole_though_its_last_changes_are_not_noted_yet(
    app: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = published()
    rows = ", ".join(f"('c{number:03}', 'Category {number}')" for number in range(outbox.MANY_OVER + 100))
    outsider.write(database, f"INSERT INTO categories (id, name) VALUES {rows}")
    seen = []
    settle = outbox._settle

    def look(*arguments: object) -> None:
        seen.append(since(start, Category))
        settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "_settle", look)
    end = published()
    assert [(len(found.items), found.position) for found in seen] == [(600, start), (600, end)]


def test_a_position_that_is_none_of_ours_is_lost(app: Flask) -> None:
    business(user())
    published()
    for position in ["", "x", "1", "1-", "-1-0", "1-0-0", "٣-0", "99999999999999-0", f"{2**64}-0"]:
        with pytest.raises(Problem) as lost:
            since(position)
        assert (lost.value.status, lost.value.code) == (410, "position-lost")


def test_a_position_older_than_what_is_kept_is_lost(app: Flask) -> None:
    for number in range(3):
        user(f"u{number}@example.org")
    published()
    with listing.snapshot() as session:
        first, second, _third = session.scalars(select(Publication.position).order_by(Publication.change_id)).all()
    assert since("1-0").position
    with unit_of_work(ME) as session:
        session.execute(delete(Publication).where(Publication.position == first))
    with pytest.raises(Problem, match="older than what is kept"):
        since("1-0")
    assert since(second).position
    known = app.config["SETTINGS"]
    app.config["SETTINGS"] = known.model_copy(update={"stream_history": 1})
    records.create(Category, {"name": "Food"}, ME)
    published()
    with pytest.raises(Problem, match="older than what is kept"):
        since(second)


def test_the_time_of_a_resource_that_changed_long_ago_is_the_oldest_that_was_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "LOOKED_AT", 3)
    business(user())
    for number in range(5):
        records.create(Category, {"name": f"Category {number}"}, ME)
    published()
    with unit_of_work(ME) as session:
        for number, change_id in enumerate(
            session.scalars(select(Publication.change_id).order_by(Publication.change_id)).all()
        ):
            session.execute(
                update(Publication)
                .where(Publication.change_id == change_id)
                .values(milliseconds=1_000_000 + number * 1000)
            )
    assert modified() == datetime.fromtimestamp(1_004, UTC)
    assert modified("categories") == datetime.fromtimestamp(1_006, UTC)
