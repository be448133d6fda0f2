"""Grace, pages and locked ids laid over any SELECT of keys, without changing what it means."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity.predicate import BadSelect, checked, from_sql
from digisence.integrity.query import Query

from .conftest import OLD, business, save, user

Find = Callable[[Query], Any]


def twice(q: Query) -> Any:
    """Businesses that share their phone with another, by a self-join that gives a row for each pair."""
    other = q.alias("businesses", "other")
    return q.select(q.businesses.id).where(q.businesses.phone == other.phone, q.businesses.id != other.id)


SHAPES: dict[str, Find] = {
    "plain": lambda q: q.select(q.businesses.id).where(q.businesses.phone == "1"),
    "pairs": twice,
    "grouped": lambda q: q.select(q.businesses.id).join(q.users._source, q.users.id == q.businesses.admin_id, isouter=True)
    .where(q.businesses.phone == "1").group_by(q.businesses.id),
    "ordered": lambda q: q.select(q.businesses.id).where(q.businesses.phone == "1").order_by(q.businesses.name.desc()),
    "distinct": lambda q: q.select(q.businesses.id).where(q.businesses.phone == "1").distinct(),
    "all but so many": lambda q: q.select(q.businesses.id).where(q.businesses.phone == "1")
    .order_by(q.businesses.created_at.desc()).offset(1),
    "so many": lambda q: q.select(q.businesses.id).order_by(q.businesses.phone, q.businesses.id).limit(3),
    "counted": lambda q: q.select(q.businesses.id).where(
        q.businesses.phone.in_(q.select(q.businesses.phone).group_by(q.businesses.phone).having(q.func.count() > 1))
    ),
}  # fmt: skip


@pytest.fixture
def phones(inside: Any) -> None:
    """Four businesses of phone 1, of which one is fresh; one of phone 2."""
    save(user("u"))
    save(*(business(key, None, phone="1") for key in "abc"), business("d", None, phone="2"))
    save(business("fresh", None, at=utcnow(), phone="1"))


@pytest.mark.usefixtures("phones")
def test_every_shape_gives_each_old_record_once_and_can_be_narrowed() -> None:
    before = OLD + timedelta(days=1)
    for name, find in SHAPES.items():
        predicate = checked("businesses", find(Query(utcnow())))
        assert sorted(row[0] for row in db.session.execute(predicate.within(before))) == ["a", "b", "c"], name
        assert [row[0] for row in db.session.execute(predicate.within(before, ids=["b", "d", "fresh"]))] == ["b"], name
        for scan in predicate.scans():
            keys = list(db.session.scalars(scan.keys))
            assert len(keys) == len(set(keys)), name
            assert {row[0] for row in db.session.execute(scan.kept(before, keys))} == {"a", "b", "c"}, name


@pytest.mark.usefixtures("phones")
def test_sql_compiled_elsewhere_means_the_same() -> None:
    predicate = from_sql(
        "businesses", "SELECT id FROM businesses WHERE phone = '1' AND name NOT LIKE '100%:x'", "report"
    )
    assert sorted(row[0] for row in db.session.execute(predicate.within(OLD + timedelta(days=1)))) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "find",
    [
        lambda q: q.select(q.users.id),
        lambda q: q.select(q.businesses.admin_id),
        lambda q: q.select(q.businesses.id, q.businesses.name),
        lambda q: q.select(q.func.max(q.businesses.id)),
        lambda _q: "SELECT id FROM businesses",
        lambda _q: None,
    ],
)
def test_what_is_no_select_of_its_keys_is_refused(find: Find) -> None:
    with pytest.raises(BadSelect):
        checked("businesses", find(Query(utcnow())))
