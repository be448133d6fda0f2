"""What became of each record of an old bulk action goes; what was asked for, and the numbers, stay."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from digisence.changes import unit_of_work
from digisence.clock import utcnow
from digisence.errors import Conflict
from digisence.extensions import db
from digisence.models import BulkAction, BulkItem, Business, Record
from digisence.records import bulk_told, ledger

from .conftest import ME, business, user
from .test_carrying import do, undo

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def shops() -> list[Record]:
    """Three businesses."""
    return [business(user(f"u{number}@example.org"), f"Shop {number}") for number in range(3)]


def test_an_old_action_keeps_its_numbers_and_can_be_undone_no_more(
    shops: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = do(Business, "deactivate", [shop.id for shop in shops])["bulkId"]
    young = do(Business, "activate", [shop.id for shop in shops])["bulkId"]
    waiting, _few = ledger.open_(Business, {"action": "deactivate", "ids": [shops[0].id]}, ME)
    long_ago = utcnow() - timedelta(days=31)
    with unit_of_work(ME) as session:
        session.execute(update(BulkAction).where(BulkAction.id.in_([old, waiting])).values(created_at=long_ago))
    monkeypatch.setattr("digisence.records.pace.FEW", 2)
    assert (ledger.forget(ME), ledger.forget(ME)) == (1, 0)
    told = bulk_told.summary(ledger.read(old))
    assert (told["done"], told["total"], told["keptUntil"], bool(told["forgottenAt"])) == (3, 3, None, True)
    assert bulk_told.items(old, 1, 10) == ([], 0)
    with pytest.raises(Conflict) as refused:
        ledger.ask_undo(old, ME)
    assert refused.value.code == "forgotten"
    assert undo(young)["done"] == [shop.id for shop in shops]
    kept = bulk_told.summary(ledger.read(young))
    assert (kept["keptUntil"] > kept["createdAt"], kept["forgottenAt"]) == (True, None)
    assert bulk_told.items(waiting, 1, 10)[1] == 1


def test_who_died_amid_forgetting_is_followed_by_another(shops: list[Record]) -> None:
    old = do(Business, "deactivate", [shop.id for shop in shops])["bulkId"]
    with unit_of_work(ME) as session:
        half = {"created_at": utcnow() - timedelta(days=40), "forgotten_at": utcnow() - timedelta(days=9)}
        session.execute(update(BulkAction).where(BulkAction.id == old).values(half))
    assert db.session.query(BulkItem).count() == 3
    assert (ledger.forget(ME), ledger.forget(ME)) == (1, 0)
    assert db.session.query(BulkItem).count() == 0
    assert ledger.read(old).forgotten_at < utcnow() - timedelta(days=8)
