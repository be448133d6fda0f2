"""`update` tells what there is and what changed, once a state, at most every five seconds."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from digisence.changes import Context, unit_of_work
from digisence.changes.outbox import drain, waiting
from digisence.extensions import db
from digisence.extensions.sse import Position, Stored, sse
from digisence.models import RECORDS, Business
from digisence.realtime import summary
from digisence.realtime.initial import key_of
from digisence.realtime.summary import Summary
from tests import outsider

NONE = {key_of(resource): [] for resource in RECORDS}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the summary's clock."""
    now = [1000.0]
    monkeypatch.setattr(summary.time, "monotonic", lambda: now[0])

    def forward(seconds: float) -> None:
        now[0] += seconds

    return forward


def updates() -> list[Stored]:
    import orjson

    found = sse.stored(Position(0, 0))
    return [orjson.loads(each.data) for each in found if each.data and b'"type":"update"' in each.data]


def write(**values: object) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.merge(Business(**values))
    published()


def published() -> None:
    """Wait for the drain that the commit began."""
    while waiting(db.engine):
        drain()


def test_counts_and_the_changes_of_the_last_five_minutes(database: str, clock: Callable[[float], None]) -> None:
    write(id="b1", name="Bakery")
    write(id="b1", name="Baker")
    outsider.write(database, "UPDATE businesses SET name = 'Old' WHERE id = 'b1'", "DELETE FROM businesses WHERE id = 'b1'")
    write(id="b2", name="Butcher")
    outsider.write(database, "UPDATE changes SET committed_at = '2020-01-01 00:00:00.000' WHERE action = 'created' AND record_id = 'b1'")

    Summary()(0)

    [told] = updates()
    assert told["data"]["counts"] == {**dict.fromkeys(NONE, 0), "businesses": 1}
    recent = told["data"]["recentChanges"]
    assert {**recent, "businesses": []} == NONE
    assert [(each["id"], each["action"], each["name"]) for each in recent["businesses"]] == [
        ("b2", "created", "Butcher"), ("b1", "deleted", "Old"), ("b1", "updated", "Old"), ("b1", "updated", "Baker"),
    ]  # fmt: skip
    assert all(each["at"].endswith("Z") for each in recent["businesses"])


def test_it_is_told_only_while_something_changes_and_at_most_every_five_seconds(clock: Callable[[float], None]) -> None:
    tell = Summary()
    tell(0)
    assert updates() == []
    write(id="b1", name="Bakery")
    tell(1)
    assert updates() == []  # too early
    clock(5)
    tell(0)
    write(id="b1", name="Baker")
    clock(4.9)
    tell(1)
    assert len(updates()) == 1
    clock(0.2)
    tell(0)
    assert len(updates()) == 2
    for _ in range(10):
        clock(5)
        tell(0)
    assert len(updates()) == 2


def test_two_relays_tell_each_state_once(clock: Callable[[float], None]) -> None:
    one, other = Summary(), Summary()
    write(id="b1", name="Bakery")
    one(1)
    other(0)

    assert len(updates()) == 1


def test_a_flood_is_cut(clock: Callable[[float], None]) -> None:
    with unit_of_work(Context("system:test")) as unit:
        unit.add_all(Business(id=f"b{number}", name="x") for number in range(200))
    published()
    Summary()(200)

    assert len(updates()[0]["data"]["recentChanges"]["businesses"]) == summary.LONGEST
