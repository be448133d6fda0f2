"""A document becomes a row; what does not fit is told, never dropped."""

from datetime import UTC, datetime
from typing import Any

import pytest

from digisence.importing.shape import shape

USER = {"_id": "u", "email": "u@example.org", "role": "SUPER_ADMIN"}
HASH = "$2b$12$" + "x" * 53


def test_a_whole_user() -> None:
    times = {"createdAt": {"$date": "2026-01-02T03:04:05.678Z"}, "updatedAt": {"$date": 1767323045679}}
    found = shape("users", {**USER, "name": "Üma", "password": HASH, **times})
    assert found.reasons == ()
    assert found.row == {
        "id": "u", "version": 1, "email": "u@example.org", "name": "Üma", "role": "SUPER_ADMIN", "is_active": True,
        "password_hash": HASH, "must_change_password": False, "last_login_at": None,
        "totp_secret": None, "recovery_codes": None, "totp_since": None,
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 2, 3, 4, 5, 679000, tzinfo=UTC),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("collection", "document", "reason"),
    [
        ("products", {"_id": "p"}, "no resource takes this collection"),
        ("users", {"_id": "u"}, "email is missing"),
        ("users", {**USER, "email": ["a"]}, "email is not text"),
        ("users", {**USER, "role": "OWNER"}, "role is none of SUPER_ADMIN, BUSINESS_ADMIN, PROFESSIONAL_ADMIN: OWNER"),
        ("users", {"email": "u@example.org"}, "the _id is missing or not text"),
        ("users", {**USER, "_id": {"a": 1}}, "the _id is missing or not text"),
        ("users", {**USER, "_id": "a/b"}, "the _id cannot stand in an address"),
        (
            "inquiries",
            {"_id": "i", "name": "n", "email": "e", "message": "m"},
            "an inquiry is addressed to exactly one of a business and a professional",
        ),
        (
            "inquiries",
            {"_id": "i", "name": "n", "email": "e", "message": "m", "businessId": "b", "professionalId": "p"},
            "an inquiry is addressed to exactly one of a business and a professional",
        ),
    ],
)
def test_has_no_place(collection: str, document: dict[str, Any], reason: str) -> None:
    found = shape(collection, document)
    assert found.row is None
    assert found.reasons == (reason,)
    assert found.document is document


@pytest.mark.parametrize(
    ("values", "column", "value", "reason"),
    [
        ({"username": "uma"}, "name", None, "fields without a column: username"),
        ({"name": {"first": "U"}}, "name", None, "name is not text"),
        ({"name": "U\0ma"}, "name", "Uma", "name held NUL characters, which no database text can"),
        ({"password": "hunter2"}, "password_hash", None, "password is no bcrypt or argon2 hash"),
        ({"isActive": "yes"}, "is_active", True, "isActive is neither true nor false"),
        ({"lastLoginAt": "soon"}, "last_login_at", None, "lastLoginAt is not a time"),
        ({"version": 7}, "version", 1, "fields without a column: version"),
    ],
)
def test_what_does_not_fit_is_told(values: dict[str, Any], column: str, value: object, reason: str) -> None:
    found = shape("users", {**USER, **values})
    assert found.value(column) == value
    assert found.reasons == (reason,)


@pytest.mark.parametrize(
    ("values", "column", "value"),
    [
        ({"username": None}, "name", None),
        ({"name": 12}, "name", "12"),
        ({"name": {"$numberLong": "919876543210"}}, "name", "919876543210"),
        ({"isActive": False}, "is_active", False),
        ({"_id": {"$oid": "65a1b2c3d4e5f60718293a4b"}}, "id", "65a1b2c3d4e5f60718293a4b"),
        ({"_id": 5}, "id", "5"),
    ],
)
def test_other_forms_fit_too(values: dict[str, Any], column: str, value: object) -> None:
    found = shape("users", {**USER, **values})
    assert (found.value(column), found.reasons) == (value, ())


def test_references_keep_what_the_dump_says() -> None:
    row = shape("businesses", {"_id": "b", "name": "B", "slug": "", "adminId": {"$oid": "u"}, "categoryId": ""}).row
    assert row is not None
    assert (row["admin_id"], row["admin_ref"], row["category_id"], row["category_ref"], row["slug"]) == (
        "u", "u", None, None, None,
    )  # fmt: skip


def test_json_content_is_plain_and_storable() -> None:
    content = [{"at": {"$date": 0}, "n": {"$numberLong": "5"}, "t": "a\0b \\u0000 c"}]
    found = shape("businesses", {"_id": "b", "name": "B", "openingHours": content})
    assert found.value("opening_hours") == [{"at": "1970-01-01T00:00:00.000Z", "n": 5, "t": "ab \\u0000 c"}]
    assert found.reasons == ("openingHours held NUL characters, which no database text can",)


def test_a_product_of_an_inquiry_is_remembered() -> None:
    document = {"_id": "i", "name": "n", "email": "e", "message": "m", "businessId": "b", "productId": "p"}
    found = shape("inquiries", document)
    assert (found.value("product_ref"), found.reasons) == ("p", ())
