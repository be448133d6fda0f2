"""Every form of MongoDB's extended JSON is read."""

from datetime import UTC, datetime

import pytest

from digisence.importing.extended import plain

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ({"$date": "2026-01-02T03:04:05.678Z"}, MOMENT),
        ({"$date": "2026-01-02T03:04:05.678+0000"}, MOMENT),
        ({"$date": "2026-01-02T05:04:05.678+02:00"}, MOMENT),
        ({"$date": 1767323045678}, MOMENT),
        ({"$date": {"$numberLong": "1767323045678"}}, MOMENT),
        ({"$date": {"$numberLong": "-1"}}, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ({"$oid": "65a1b2c3d4e5f60718293a4b"}, "65a1b2c3d4e5f60718293a4b"),
        ({"$numberLong": "9007199254740993"}, 9007199254740993),
        ({"$numberInt": "7"}, 7),
        ({"$numberDouble": "1.5"}, 1.5),
        ({"$numberDecimal": "0.10"}, "0.10"),
        ({"$undefined": True}, None),
        ({"a": [{"$oid": "x"}, {"b": {"$numberInt": "1"}}]}, {"a": ["x", {"b": 1}]}),
        ("as it is", "as it is"),
    ],
)
def test_reads(form: object, value: object) -> None:
    assert plain(form) == value


@pytest.mark.parametrize(
    "form",
    [
        {"$date": "soon"},
        {"$date": 10**20},
        {"$numberLong": "much"},
        {"$numberDouble": "NaN"},
        {"$oid": 5},
        {"$regex": "a"},
    ],
)
def test_leaves_what_it_cannot_read(form: object) -> None:
    assert plain(form) == form
