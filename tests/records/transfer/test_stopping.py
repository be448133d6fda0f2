"""Who loses the panel has no import or bulk action go on: what was written stays, says so, and can be taken back."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from digisence import records
from digisence.accounts import create_superadmin, leaving
from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.models import Business, Change, RegistrationInquiry, User
from digisence.records import bulk_told, carrying, ledger
from digisence.records.transfer import execution, imports, undoing, uploads
from tests.records.conftest import ME, business
from tests.records.transfer.files import brought, faults

pytestmark = pytest.mark.usefixtures("app")
PASSWORD = "three grey horses run"
ROWS = 420
LOSSES = {
    "was disabled": update(User).values(is_active=False),
    "is no superadmin any more": update(User).values(role="BUSINESS_ADMIN"),
    "is no user any more": delete(User),
}


@pytest.fixture
def ann() -> Context:
    """A superadmin who asks for things."""
    return Context(f"user:{create_superadmin('ann@example.org', PASSWORD, ME)}")


@pytest.fixture
def bob() -> Context:
    """Another one."""
    return Context(f"user:{create_superadmin('bob@example.org', PASSWORD, ME)}")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (execution, undoing):
        monkeypatch.setattr(module, "LARGE", 100)
    monkeypatch.setattr(execution, "SHOW_SECONDS", 0.0)


def losing(actor: Context, why: str = "was disabled") -> Callable[[Any], None]:
    """A watcher of a job that takes the panel from `actor` once the first batch is in."""
    told: list[Any] = []

    def watch(progress: Any) -> None:
        told.append(progress)
        if len(told) == 1:
            with unit_of_work(ME, patience=0) as session:
                session.execute(LOSSES[why].where(User.id == actor.actor.removeprefix("user:")))

    return watch


def sent(asker: Context, dry_run: bool = False) -> str:
    rows = "".join(f"BUSINESS,Ann {number},ann{number}@example.org\n" for number in range(ROWS))
    text = f"type,name,email\n{rows}"
    read = io.BytesIO(text.encode()).read
    return uploads.receive(RegistrationInquiry, "csv", read, asker, dry_run=dry_run).id


def requests() -> int:
    with db.engine.connect() as connection:
        return len(connection.execute(select(RegistrationInquiry.id)).all())


def run(import_id: str, watch: Callable[[Any], None] = lambda _told: None) -> dict[str, Any]:
    done = execution.execute(import_id, "here", watch=watch, barred=leaving.barred)
    assert done is not None
    return done


def take_back(import_id: str, asker: Context, watch: Callable[[Any], None] = lambda _told: None) -> dict[str, Any]:
    imports.ask_undo(import_id, asker)
    done = undoing.undo(import_id, "here", watch=watch, barred=leaving.barred)
    assert done is not None
    return done


@pytest.mark.parametrize("why", LOSSES)
def test_an_import_stops_before_its_next_batch_and_another_takes_it_back(ann: Context, bob: Context, why: str) -> None:
    done = run(sent(ann), losing(ann, why))
    assert (done["state"], done["error"]) == ("cancelled", f"stopped: who asked for it, {ann.actor}, {why}")
    assert 0 < done["rows"] == done["created"] == requests() < ROWS
    back = take_back(done["id"], bob)
    assert (back["state"], back["undone"], back["undoActor"], requests()) == ("undone", done["rows"], bob.actor, 0)
    with db.engine.connect() as connection:
        actors = connection.scalars(select(Change.actor).where(Change.action == "quarantined").distinct()).all()
    assert actors == [bob.actor]


def test_a_preview_stops_too(ann: Context) -> None:
    done = run(sent(ann, dry_run=True), losing(ann))
    assert (done["state"], 0 < done["rows"] < ROWS) == ("cancelled", True)


def test_an_undoing_stops_when_who_asked_for_it_loses_the_panel_and_goes_on_for_another(
    ann: Context, bob: Context
) -> None:
    import_id = sent(ann)
    assert run(import_id)["state"] == "done"
    half = take_back(import_id, bob, losing(bob))
    assert (half["state"], half["error"]) == ("done", f"undoing: stopped: who asked for it, {bob.actor}, was disabled")
    assert 0 < half["undone"] == ROWS - requests() < ROWS
    whole = take_back(import_id, ann)
    assert (whole["state"], whole["undone"], whole["error"], requests()) == ("undone", ROWS, None, 0)


def test_an_undoing_that_is_called_off_at_once_leaves_what_an_earlier_one_noted(ann: Context, bob: Context) -> None:
    done = brought("users", "email,name\nbee@x.org,Bee\ncid@x.org,Cid\n")
    ids = dict(db.session.execute(select(User.email, User.id)).all())
    firm = business(records.read(User, ids["bee@x.org"]))
    records.update(User, ids["cid@x.org"], {"name": "Cyd"}, ME)
    take_back(done["id"], ann)
    noted = faults(done)
    assert [code for _, _, code, _ in noted] == ["in-use", "changed-since"]
    records.delete(Business, firm.id, ME)
    imports.ask_undo(done["id"], bob)
    assert (imports.read(done["id"]).kept, faults(done)) == (2, noted)
    with unit_of_work(ME, patience=0) as session:
        session.execute(LOSSES["was disabled"].where(User.id == bob.actor.removeprefix("user:")))
    stopped = undoing.undo(done["id"], "here", barred=leaving.barred)
    assert stopped is not None
    assert (stopped["state"], stopped["undone"], stopped["kept"], stopped["undoable"]) == ("done", 0, 2, True)
    assert faults(done) == noted
    back = take_back(done["id"], ann)
    assert (back["state"], back["undone"], back["kept"], back["undoable"]) == ("undone", 1, 1, False)
    assert faults(done) == noted[1:]


def test_a_bulk_action_stops_and_another_takes_it_back(
    ann: Context, bob: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digisence.records.pace.PORTION", 100)
    run(sent(ann))
    bulk_id, _few = ledger.open_(RegistrationInquiry, {"action": "delete", "filter": {}}, ann)
    action = carrying.carry_out(bulk_id, watch=losing(ann), barred=leaving.barred)
    assert action is not None
    told = bulk_told.summary(action)
    assert (told["state"], told["error"]) == (
        "errored", f"stopped: who asked for it, {ann.actor}, was disabled; what it had not come to stays as it was",
    )  # fmt: skip
    assert 0 < told["done"] == ROWS - requests() < ROWS
    ledger.ask_undo(bulk_id, bob)
    assert carrying.carry_out(bulk_id, barred=leaving.barred) is not None
    assert requests() == ROWS


def test_who_is_no_user_goes_on() -> None:
    assert run(sent(Context("system:command-line")))["state"] == "done"
