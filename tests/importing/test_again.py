"""What found no place is placed when what was in the way is gone; nothing is let go that is not whole in its columns."""

import pytest
from sqlalchemy import select, update

from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.importing import import_dump, place_again
from digisence.models import Business, LegacyDocument, User

from .conftest import Dump, business, user

pytestmark = pytest.mark.usefixtures("context")


def kept() -> set[str]:
    found = set(db.session.scalars(select(LegacyDocument.id)))
    db.session.rollback()
    return found


def test_what_was_in_the_way_is_gone(dump: Dump) -> None:
    users = [
        user("a"), user("b", email="a@example.org"), user("c", role="KING"), user("a", email="d@example.org"),
        user("e", email="a@example.org", nickname="E"),
    ]  # fmt: skip
    firms = [business("x", adminId="b"), business("y", slug="x")]
    import_dump(dump(users=users, businesses=firms, brands=[{"_id": "brand"}]))
    assert kept() == {"a", "b", "c", "e", "y", "brand"}
    assert place_again().total("placed") == 0
    with unit_of_work(Context("system:test")) as session:
        session.execute(update(User).where(User.id == "a").values(email="free@example.org"))
    report = place_again()
    assert (report.total("placed"), report.reconciled) == (1, True)
    assert report.filled == {"businesses.adminId": 1}
    assert kept() == {"a", "c", "e", "y", "brand"}
    assert db.session.get_one(User, "b").email == "a@example.org"
    assert db.session.get_one(Business, "x").admin_id == "b"
    assert place_again().total("placed") == 0
