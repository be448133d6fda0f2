"""Who stands beside a record that a repair touches: one reference away from it and from what belongs to it."""

from typing import Any

import pytest

from digisence.extensions import db
from digisence.integrity.surroundings import around, by_resource
from digisence.models import Business, Category, Inquiry, RegistrationInquiry, User

from .conftest import business, professional, user
from .ground import ground, put, standing  # noqa: F401

pytestmark = pytest.mark.usefixtures("ground")


def found(model: Any, *ids: str) -> dict[str, str]:
    """Each record beside, with those it stands beside."""
    told = around(db.session, model, ids)
    db.session.rollback()
    return {f"{resource}/{key}": ", ".join(sorted(whose)) for (resource, key), whose in told.items()}


def inquiry(key: str, **values: Any) -> Inquiry:
    return Inquiry(id=key, name="Somebody", email="a@example.org", message="Hello", **values)


def test_who_is_named_who_names_and_what_belongs_with_what_that_names() -> None:
    put(
        Category(id="c", name="C", slug="c"), user("u"), user("v"), user("w"), business("b", "u", category_id="c"),
        business("far", "w", category_id="c"), inquiry("i", business_id="b", user_id="v"),
        RegistrationInquiry(id="r", type="BUSINESS", name="R", email="r@example.org", reviewed_by="u"),
        RegistrationInquiry(id="s", type="BUSINESS", name="S", email="s@example.org", reviewed_by="v"),
    )  # fmt: skip
    beside = {"users/u", "businesses/b", "registration-inquiries/r", "inquiries/i", "categories/c", "users/v"}
    assert found(User, "u") == dict.fromkeys(beside, "u")
    assert found(Business, "b") == dict.fromkeys(
        {"businesses/b", "users/u", "categories/c", "inquiries/i", "users/v"}, "b"
    )
    assert found(Category, "c") == dict.fromkeys({"categories/c", "businesses/b", "businesses/far"}, "c")
    assert found(Inquiry, "i") == dict.fromkeys({"inquiries/i", "businesses/b", "users/v"}, "i")


def test_one_beside_two_is_beside_both() -> None:
    put(user("u"), user("v"), user("x"), business("b", "u"), professional("p", "v"))
    put(inquiry("i", business_id="b", user_id="x"), inquiry("j", professional_id="p", user_id="x"))
    told = found(User, "u", "v")
    assert (told["users/x"], told["inquiries/i"], told["professionals/p"]) == ("u, v", "u", "v")


def test_nobody_is_beside_a_record_that_is_alone_or_gone() -> None:
    put(user("u"))
    assert found(User, "u", "gone") == {"users/u": "u", "users/gone": "gone"}


def test_a_circle_ends() -> None:
    put(Category(id="a", name="A", slug="a"), Category(id="b", name="B", slug="b", parent_id="a"))
    assert found(Category, "a") == {"categories/a": "a", "categories/b": "a"}


def test_ids_are_grouped_and_sorted_and_strange_resources_left_out() -> None:
    told = {("users", "b"): frozenset("x"), ("users", "a"): frozenset("x"), ("sessions", "s"): frozenset("x")}
    assert by_resource(told) == {"users": ["a", "b"]}
