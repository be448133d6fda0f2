"""What a changed row can matter to, read off a SELECT: too little claimed costs time, too much hides a defect for good."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    Text,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    tuple_,
    type_coerce,
)

from digisence.clock import utcnow
from digisence.integrity.predicate import checked
from digisence.integrity.query import Query
from digisence.integrity.reach import Link, reach
from digisence.models import Business, Session, User

Find = Callable[[Query], Any]
BUSINESSES = Business.__table__
Told = tuple[str, str, str, str]  # resource, matched, column, read


def told(find: Find) -> set[Told] | None:
    """The links of a rule for businesses."""
    found = reach(checked("businesses", find(Query(utcnow()))))
    assert found is None or len(found) == len(set(found))
    return None if found is None else {(one.resource, one.matched, one.column, " ".join(one.read)) for one in found}


def own(*read: str) -> Told:
    return ("businesses", "id", "id", " ".join(sorted({"id", *read})))


def led(q: Query, *conditions: Any) -> Any:
    """Businesses for which, with their admin beside them, something holds."""
    return q.select(q.businesses.id).where(q.users.id == q.businesses.admin_id, *conditions)


def other(q: Query) -> Any:
    return q.alias("businesses", "other")


def shared(q: Query) -> Any:
    """The phones that more than one business has."""
    mate = other(q)
    return q.select(mate.phone).where(mate.phone.is_not(None)).group_by(mate.phone).having(q.func.count(mate.phone) > 1)


ADMIN: Told = ("users", "id", "admin_id", "id")
CLEAR: dict[str, tuple[Find, set[Told]]] = {
    "itself": (lambda q: q.select(q.businesses.id).where(q.businesses.phone == "1"), {own("phone")}),
    "all of them": (lambda q: q.select(q.businesses.id), {own()}),
    "a comma join": (led, {own(), own("admin_id"), ADMIN}),
    "the other way round": (
        lambda q: q.select(q.businesses.id).where(q.businesses.admin_id == q.users.id, q.users.role == "X"),
        {own(), own("admin_id"), ("users", "id", "admin_id", "id role")},
    ),
    "a join": (
        lambda q: q.select(q.businesses.id).join(q.users._source, q.users.id == q.businesses.admin_id, isouter=True),
        {own(), own("admin_id"), ADMIN},
    ),
    "a join that leaves none out": (
        lambda q: q.select(q.businesses.id).join(q.users._source, q.users.id == q.businesses.admin_id),
        {own(), own("admin_id"), ADMIN},
    ),
    "another of its kind, inside": (
        lambda q: q.select(q.businesses.id).where(q.exists(other(q).admin_id == q.businesses.admin_id)),
        {own("admin_id"), ("businesses", "admin_id", "admin_id", "admin_id")},
    ),
    "none of them": (lambda q: q.select(q.businesses.id).where(false()), {own()}),
    "an anti-join": (
        lambda q: q.select(q.businesses.id).where(~q.exists(q.users.id == q.businesses.admin_id)), {own("admin_id"), ADMIN},
    ),
    "an EXISTS under an OR, tied inside itself": (
        lambda q: q.select(q.businesses.id).where(
            q.exists((q.users.id == q.businesses.admin_id) & (q.users.role == "X")) | (q.businesses.phone == "1")
        ),
        {own("admin_id", "phone"), ("users", "id", "admin_id", "id role")},
    ),
    "an IN": (
        lambda q: q.select(q.businesses.id).where(q.businesses.admin_id.in_(q.select(q.users.id).where(q.users.role == "X"))),
        {own("admin_id"), ("users", "id", "admin_id", "id role")},
    ),
    "an IN of a group by what it looks through": (
        lambda q: q.select(q.businesses.id).where(
            q.businesses.id.in_(q.select(q.inquiries.business_id).group_by(q.inquiries.business_id).having(q.func.count(q.inquiries.id) > 1))
        ),
        {own(), ("inquiries", "business_id", "id", "business_id id")},
    ),
    "another of its kind": (
        lambda q: q.select(q.businesses.id).where(q.businesses.admin_id == other(q).admin_id),
        {own(), own("admin_id"), ("businesses", "admin_id", "admin_id", "admin_id")},
    ),
    "itself by another name": (
        lambda q: q.select(q.businesses.id).where((mate := other(q)).id == q.businesses.id, mate.phone == "1"),
        {own(), own("phone")},
    ),
    "by way of itself by another name": (
        lambda q: q.select(q.businesses.id).where(
            q.exists((mate := other(q)).id == q.businesses.id, q.users.id == mate.admin_id)
        ),
        {own(), own("admin_id"), ADMIN},
    ),
    "an outer join inside, tied by what it keeps and by what it may have": (
        lambda q: q.select(q.businesses.id).where(exists(select(q.users.id).select_from(q.users._source.outerjoin(
            q.professionals._source, q.professionals.admin_id == q.businesses.admin_id)
        ).where(q.users.id == q.businesses.admin_id))),
        {own("admin_id"), ADMIN, ("professionals", "admin_id", "admin_id", "admin_id")},
    ),
    "one of everything": (
        lambda q: q.select(q.businesses.id).where(
            case((q.businesses.is_active.is_(True), "1"), else_=cast(type_coerce(q.businesses.phone, Text), Text).label("x")) == "1",
            tuple_(q.businesses.phone, q.businesses.name) > ("1", "2"), or_(true(), false(), null().is_(None)), -func.length(q.businesses.phone) < 0,
        ),
        {own("is_active", "name", "phone")},
    ),
    "functions and cases of its own": (
        lambda q: q.select(q.businesses.id).where(q.func.lower(q.func.trim(q.businesses.name)) == "x"), {own("name")},
    ),
    "a group of its own": (
        lambda q: q.select(q.businesses.id).group_by(q.businesses.id).having(q.func.max(q.businesses.phone) == "1"), {own(), own("phone")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAR)
def test_each_table_is_tied_to_the_record_and_what_is_read_of_it_is_told(name: str) -> None:
    find, expected = CLEAR[name]
    assert told(find) == expected


UNCLEAR: dict[str, Find] = {
    "a table tied to nothing": lambda q: q.select(q.businesses.id).where(q.exists(q.users.role == "X")),
    "tied by less": lambda q: q.select(q.businesses.id).where(q.exists(q.users.id < q.businesses.admin_id)),
    "tied under an OR": lambda q: q.select(q.businesses.id).where(
        q.exists((q.users.id == q.businesses.admin_id) | (q.users.role == "X"))
    ),
    "tied under a NOT": lambda q: q.select(q.businesses.id).where(q.exists(~(q.users.id == q.businesses.admin_id))),
    "tied through a function": lambda q: q.select(q.businesses.id).where(
        q.exists(q.func.lower(q.users.id) == q.businesses.admin_id)
    ),
    "tied to a value": lambda q: q.select(q.businesses.id).where(q.exists(q.users.id == "u")),
    "tied to a third that is tied to it": lambda q: q.select(q.businesses.id).where(
        q.users.id == q.businesses.admin_id, q.professionals.admin_id == q.users.id
    ),
    "a NOT IN of any": lambda q: q.select(q.businesses.id).where(q.businesses.admin_id.not_in(q.select(q.users.id))),
    "an IN under an OR": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id)) | (q.businesses.phone == "1")
    ),
    "an IN of a function of what it has": lambda q: q.select(q.businesses.id).where(
        q.func.lower(q.businesses.admin_id).in_(q.select(q.users.id))
    ),
    "an IN of so many": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).limit(3))
    ),
    "an IN of all but so many": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).offset(3))
    ),
    "an IN of those if there are enough": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).having(q.func.count(q.users.id) > 1))
    ),
    "an IN of a group by something else": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.func.max(q.users.id)).group_by(q.users.role))
    ),
    "an IN of any one of a group": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).group_by(q.users.role))
    ),
    "an IN of a group by more": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).group_by(q.users.id, q.users.role))
    ),
    "by a column that no index finds": lambda q: q.select(q.businesses.id).where(
        q.exists(q.users.id == q.businesses.phone)
    ),
    "tied by an outer join on the side that it keeps": lambda q: q.select(q.businesses.id).where(
        exists(select(q.users.id).select_from(q.users._source.outerjoin(
            q.professionals._source, (q.users.id == q.businesses.admin_id) & (q.professionals.admin_id == q.businesses.id)
        )))
    ),
    "tied by an outer join to what it may not have": lambda q: q.select(q.businesses.id).where(
        exists(select(q.users.id).select_from(q.users._source.outerjoin(
            (mate := other(q))._source, (mate.id == q.businesses.id) & (q.users.id == mate.admin_id)
        )))
    ),
    "two others tied to each other": lambda q: q.select(q.businesses.id).where(
        q.exists(other(q).id == q.alias("businesses", "third").id)
    ),
    "a table inside a group": lambda q: q.select(q.businesses.id).where(
        exists(
            select(q.users.id).where(q.users.id == q.businesses.admin_id)
            .group_by(select(q.professionals.id).limit(1).scalar_subquery())
        )
    ),
    "a group of a whole table, asked if there is any": lambda q: q.select(q.businesses.id).where(
        exists(select(q.users.role).group_by(q.users.role).having(func.count(q.users.id) > 1))
    ),
    "a full join": lambda q: q.select(q.businesses.id).join(
        q.users._source, q.users.id == q.businesses.admin_id, full=True
    ),
    "the time": lambda q: q.select(q.businesses.id).where(q.businesses.created_at < q.func.now()),
    "chance": lambda q: q.select(q.businesses.id).where(q.func.random() > 1),
    "text": lambda q: q.select(q.businesses.id).where(text("phone = '1'")),
    "a column in text": lambda q: q.select(q.businesses.id).where(literal_column("phone") == "1"),
    "a window": lambda q: q.select(q.businesses.id).where(
        q.businesses.id.in_(select(func.max(q.businesses.id).over()))
    ),
    "a UNION": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id.in_(q.select(q.users.id).union(q.select(q.professionals.admin_id)))
    ),
    "a table of no records": lambda q: q.select(q.businesses.id).where(
        q.exists(Session.__table__.c.user_id == q.businesses.admin_id)
    ),
    "a secret": lambda q: q.select(q.businesses.id).where(
        User.__table__.c.id == q.businesses.admin_id, User.__table__.c.password_hash.is_(None)
    ),
    "a SELECT that says what it takes from outside": lambda q: q.select(q.businesses.id).where(
        exists(select(q.users.id).where(q.users.id == q.businesses.admin_id).correlate(q.businesses._source))
    ),
    "a SELECT that says what it does not take from outside": lambda q: q.select(q.businesses.id).where(
        exists(select(q.users.id).where(q.users.id == q.businesses.admin_id).correlate_except(q.users._source))
    ),
    "an EXISTS of nothing of its own": lambda q: q.select(q.businesses.id).where(q.exists(q.businesses.phone == "1")),
    "a group of a whole table inside": lambda q: q.select(q.businesses.id).where(
        q.businesses.phone.in_(shared(q)) | (q.businesses.name == "x")
    ),
    "a SELECT as a table": lambda q: q.select(q.businesses.id).where(
        q.businesses.admin_id == q.select(q.users.id).where(q.users.role == "X").subquery().c.id
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCLEAR)
def test_where_it_cannot_be_told_nothing_is_claimed(name: str) -> None:
    assert told(UNCLEAR[name]) is None


def test_a_link_is_told_once_however_often_the_select_says_it() -> None:
    def twice(q: Query) -> Any:
        return q.select(q.businesses.id).where(
            ~q.exists(q.users.id == q.businesses.admin_id), q.businesses.admin_id.in_(q.select(q.users.id))
        )

    found = reach(checked("businesses", twice(Query(utcnow()))))
    assert found == (Link("businesses", "id", "id", ("admin_id", "id")), Link("users", "id", "admin_id", ("id",)))


@pytest.mark.parametrize("name", sorted(
    ["abs", "coalesce", "count", "length", "lower", "ltrim", "max", "min", "nullif", "replace", "round", "rtrim", "substr", "substring", "sum", "trim", "upper"]
))  # fmt: skip
def test_functions_that_always_give_the_same_are_known(name: str) -> None:
    """In capitals too."""
    for called in (name, name.upper()):
        asked = checked("businesses", select(BUSINESSES.c.id).where(getattr(func, called)(BUSINESSES.c.phone) == "1"))
        assert reach(asked) == (Link("businesses", "id", "id", ("id", "phone")),)
