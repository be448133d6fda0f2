"""Parameters that are not understood are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digisence.errors import Invalid
from digisence.models import Business, Inquiry
from digisence.records import query


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"page": ["0"]}, "page"), ({"page": ["1", "2"]}, "page"), ({"page": ["x"]}, "page"), ({"limit": ["501"]}, "limit"),
        ({"limit": ["-1"]}, "limit"), ({"limit": ["٣"]}, "limit"), ({"sort": ["phone"]}, "sort"), ({"sort": ["-x"]}, "sort"),
        ({"sort": ["name,name"]}, "sort"), ({"sort": [""]}, "sort"), ({"sort": ["name,"]}, "sort"), ({"search": ["x" * 201]}, "search"), ({"search": ["a\0"]}, "search"),
        ({"phone": ["1"]}, "phone"), ({"colour": ["red"]}, "colour"), ({"adminRef": ["x"]}, "adminRef"), ({"isActive": ["1"]}, "isActive"),
        ({"createdAt[gte]": ["x"]}, "createdAt[gte]"), ({"createdAt[gte]": ["2026-01-01", "2026-01-02"]}, "createdAt[gte]"),
        ({"createdAt[like]": ["2026-01-01"]}, "createdAt[like]"), ({"slug[gte]": ["a"]}, "slug[gte]"), ({"slug": ["a\0"]}, "slug"),
        ({"[x]": ["1"]}, "[x]"), ({"slug": [",".join("x" * 501)]}, "slug"), ({"passwordHash": ["x"]}, "passwordHash"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_understood_is_named(parameters: dict[str, list[str]], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        query.parse(Business, {"page": ["1"], **parameters})
    assert set(refused.value.fields) == {named}


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        query.parse(Inquiry, {"page": ["x"], "limit": ["y"], "sort": ["z"], "status": ["OPEN"], "foo": ["1"]})
    assert set(refused.value.fields) == {"page", "limit", "sort", "status", "foo"}


def test_the_defaults() -> None:
    asked = query.parse(Business, {})
    assert (asked.page, asked.limit, asked.search, asked.conditions) == (1, 20, "", ())
    assert [(field.name, from_end) for field, from_end in asked.order] == [("createdAt", True)]


@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=3), max_size=4))
def test_whatever_comes_is_either_a_query_or_refused(parameters: dict[str, list[str]]) -> None:
    named: set[str] = set()
    try:
        query.parse(Business, parameters)
    except Invalid as refused:
        named = set(refused.fields)
    assert named <= set(parameters)
