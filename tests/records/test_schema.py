"""The schemas accept what both databases hold as it was sent, and name everything else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from digisence.models import RECORDS, Business, RegistrationInquiry, User
from digisence.models.wire import fields
from digisence.records.schema import shapes


def refused(model: type[Any], body: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as error:
        shapes(model).patch().load(body)
    return set(error.value.normalized_messages())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "x"), ("name", "  "), ("name", None), ("name", 3), ("name", "n" * 201), ("name", "a\0b"), ("name", "a\ud800b"),
        ("email", "nobody"), ("email", ""), ("website", "javascript:alert(1)"), ("website", "https://"), ("website", "https://a b"),
        ("slug", "Not A Slug"), ("slug", "a/b"), ("slug", "-a"), ("isActive", 1), ("isActive", "true"), ("isActive", None),
        ("openingHours", {"a": "x\0"}), ("openingHours", {"a\0": 1}), ("openingHours", [2**60]), ("adminId", 5),
        ("id", "x"), ("version", 4), ("createdAt", "2026-01-01"), ("adminRef", "x"), ("nonsense", 1), ("website", "http://[::1"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(name: str, value: object) -> None:
    assert refused(Business, {name: value}) == {name}


def test_every_bad_field_is_named_at_once() -> None:
    assert refused(Business, {"name": "", "foo": 1, "isActive": "x", "phone": []}) == {
        "name",
        "foo",
        "isActive",
        "phone",
    }


def test_json_nested_too_deep_is_named() -> None:
    deep: Any = 1
    for _level in range(40):
        deep = [deep]
    assert refused(Business, {"heroContent": deep}) == {"heroContent"}


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "1492-01-01", "9999-12-31", 5, ["x"], ""]
)
def test_a_time_that_is_none_is_named(text: object) -> None:
    assert refused(RegistrationInquiry, {"reviewedAt": text}) == {"reviewedAt"}


def test_good_values_load_by_attribute_and_absent_ones_stay_absent() -> None:
    body = {
        "name": "Bée 🐝",
        "website": "https://müller.example:8080/x?y#z",
        "slug": "",
        "email": None,
        "openingHours": [1.5, "x", None],
    }
    loaded = shapes(Business).patch().load(body)
    assert loaded == {
        "name": "Bée 🐝",
        "website": body["website"],
        "slug": "",
        "email": None,
        "opening_hours": [1.5, "x", None],
    }
    loaded = shapes(RegistrationInquiry).patch().load({"reviewedAt": "2026-11-23T11:00:00.5+01:00"})
    assert loaded == {"reviewed_at": datetime(2026, 11, 23, 10, 0, 0, 500_000, UTC)}
    assert shapes(Business).patch().load({"adminId": None}) == {"admin_id": None}


def test_a_creation_needs_what_the_declaration_requires() -> None:
    with pytest.raises(ValidationError) as error:
        shapes(Business).create().load({})
    assert set(error.value.normalized_messages()) == {"name", "adminId"}


def test_no_schema_of_any_resource_shows_or_takes_a_secret_unless_it_is_offered() -> None:
    for model in RECORDS.values():
        secret = {field.name for field in fields(model) if field.wire.secret}
        for schema in vars(shapes(model)).values():
            assert not secret & set(schema._declared_fields)
    offered = shapes(User, ("password",))
    assert "password" in offered.patch._declared_fields
    assert "password" not in offered.record._declared_fields
