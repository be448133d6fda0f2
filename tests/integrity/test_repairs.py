"""Acting under concurrency: real connections, real commits, a creator against a sweep; and a run that lost its turn."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import IntegrityError

from digisence.changes import Context, unit_of_work
from digisence.extensions import db
from digisence.integrity import breaker, lease, repairs, runner, runs
from digisence.models import Business, Finding, Lease, QuarantineEntry, User

from .conftest import business, healthy, save, user

ADMIN = Context("user:root")
INSERT = "INSERT INTO businesses (id, name, admin_id, created_at, updated_at) VALUES ('new', 'New', 'orphan', :at, :at)"
AT = "2026-01-01 00:00:00.000"

pytestmark = pytest.mark.usefixtures("inside")


class Creator:
    """Another program with a connection of its own, that inserts a business for the orphan."""

    def __init__(self, database: str) -> None:
        self.engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
        self.connection = self.engine.connect()
        if self.engine.dialect.name == "sqlite":
            self.connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            self.connection.exec_driver_sql("PRAGMA busy_timeout=5000")
            self.connection.commit()
        self.error: Exception | None = None

    def insert(self) -> None:
        """Insert, without committing."""
        self.connection.execute(text(INSERT), {"at": AT})

    def try_to(self) -> None:
        """Insert and commit, whatever that takes; keep the error."""
        try:
            self.insert()
            self.connection.commit()
        except IntegrityError as error:
            self.connection.rollback()
            self.error = error

    def close(self) -> None:
        """Leave nothing open."""
        self.connection.close()
        self.engine.dispose()


@pytest.fixture
def creator(database: str) -> Any:
    """See Creator."""
    found = Creator(database)
    yield found
    found.close()


def run(**options: Any) -> dict[str, Any]:
    """A run, here and now."""
    done = runner.execute(str(runs.create(ADMIN, **options)))
    assert done is not None
    db.session.rollback()
    return done


def ready() -> None:
    """An orphan that the next repairing run will set aside."""
    healthy(200)
    save(user("orphan"))
    run()


def before(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, step: Callable[[], object]) -> None:
    """Do `step` once, right before the first call of a function."""
    original, pending = getattr(module, name), [step]

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        while pending:
            pending.pop()()
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, wrapped)


def test_a_creator_who_committed_after_the_scan_keeps_both(creator: Creator, monkeypatch: pytest.MonkeyPatch) -> None:
    ready()
    before(monkeypatch, repairs, "_batch", creator.try_to)
    done = run(repair=True)
    assert (creator.error, done["fixedRecords"], done["state"]) == (None, 0, "passed")
    assert db.session.get(User, "orphan") is not None
    assert db.session.scalar(select(Business.admin_id).where(Business.id == "new")) == "orphan"
    assert db.session.scalar(select(Finding.state).where(Finding.record_id == "orphan")) == "healed"


def test_a_creator_who_has_not_committed_yet_keeps_both(
    creator: Creator, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: the user's row is held by the creator's key, so the sweep leaves it. SQLite: the sweep waits, then looks."""
    ready()
    committed = threading.Timer(0.5, creator.connection.commit)

    def begin() -> None:
        creator.insert()
        if engine_name == "sqlite":
            committed.start()

    if engine_name == "sqlite":
        creator.engine.dispose()
        creator.connection.close()
        creator.engine = create_engine(creator.engine.url, connect_args={"check_same_thread": False})
        creator.connection = creator.engine.connect()
        committed = threading.Timer(0.5, creator.connection.commit)
    before(monkeypatch, repairs, "_batch", begin)
    done = run(repair=True)
    if engine_name == "sqlite":
        committed.join()
    else:
        assert {line["check"]: line["busy"] for line in done["counts"]}["orphaned_user"] == 1
        creator.connection.commit()
    assert done["fixedRecords"] == 0
    assert db.session.get(User, "orphan") is not None
    assert db.session.scalar(select(Business.admin_id).where(Business.id == "new")) == "orphan"
    assert run(repair=True)["state"] == "passed"
    assert db.session.scalar(select(QuarantineEntry.id)) is None


def test_a_creator_who_comes_after_the_lock_is_told(
    creator: Creator, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost in silence: either the business stands, or its creator gets an error."""
    ready()
    if database.startswith("sqlite"):
        creator.connection.close()
        creator.engine = create_engine(creator.engine.url, connect_args={"check_same_thread": False})
        creator.connection = creator.engine.connect()
        creator.connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        creator.connection.exec_driver_sql("PRAGMA busy_timeout=10000")
        creator.connection.commit()
    other = threading.Thread(target=creator.try_to)

    def start_and_block() -> None:
        other.start()
        time.sleep(0.3)  # it is blocked by our lock by now; were it not, the business would stand and the test fail

    before(monkeypatch, repairs, "still", start_and_block)
    done = run(repair=True)
    other.join(20)
    assert done["fixedRecords"] == 1
    assert isinstance(creator.error, IntegrityError)
    assert db.session.get(User, "orphan") is None
    assert db.session.get(Business, "new") is None


def test_a_run_that_lost_its_turn_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ready()

    def another_takes_over() -> None:
        with unit_of_work(ADMIN) as session:
            taken = update(Lease).values(fence=Lease.fence + 1, run_id="another")
            session.execute(taken.execution_options(synchronize_session=False))

    before(monkeypatch, repairs, "_batch", another_takes_over)
    done = run(repair=True)
    assert (done["state"], done["success"], done["fixedRecords"]) == ("abandoned", False, 0)
    assert db.session.get(User, "orphan") is not None
    assert db.session.scalar(select(Finding.state)) == "open"
    assert db.session.get(Lease, lease.NAME).run_id == "another"


def test_an_acknowledgement_is_used_up_by_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    run(repair=True)
    tripped = breaker.listed()[0]
    breaker.acknowledge("orphaned_user", tripped["setHash"], 4, ADMIN)

    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise ValueError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(repairs.quarantine, "place", refuse)
        assert len(run(repair=True)["errors"]) == 4
    with unit_of_work(ADMIN) as session:
        session.execute(update(Finding).values(state="open").execution_options(synchronize_session=False))
    again = run(repair=True)
    assert (again["fixedRecords"], breaker.listed()[0]["state"]) == (0, "tripped")


def test_a_repair_of_some_findings_neither_opens_a_tripped_breaker_nor_changes_its_set() -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    run(repair=True)
    finding = dict(db.session.execute(select(Finding.record_id, Finding.id)).all())
    only = {"repair": True, "checks": ["orphaned_user"]}
    before = breaker.listed()
    stopped = run(**only, findings=[finding["orphan1"]])
    assert (stopped["fixedRecords"], stopped["success"], breaker.listed()) == (0, False, before)
    save(business("late", "orphan0"))
    nothing = run(**only, findings=[finding["orphan0"]])
    assert (nothing["fixedRecords"], nothing["success"], breaker.listed()) == (0, True, before)
    run(repair=True)
    held = breaker.listed()[0]
    assert (held["state"], held["count"]) == ("tripped", 3)
    breaker.acknowledge("orphaned_user", held["setHash"], 3, ADMIN)
    done = run(**only, findings=list(finding.values()))
    assert (done["fixedRecords"], breaker.listed()[0]["state"]) == (3, "closed")


def test_an_older_word_lets_its_part_through_and_leaves_the_breaker_at_the_greater_set() -> None:
    healthy(200)
    save(*(user(f"orphan{number}") for number in range(4)))
    run()
    run(repair=True)
    breaker.acknowledge("orphaned_user", breaker.listed()[0]["setHash"], 4, ADMIN)
    finding = list(db.session.scalars(select(Finding.id)))
    save(user("later"))
    run()
    run(repair=True)
    assert breaker.listed()[0]["count"] == 5
    assert run(repair=True, checks=["orphaned_user"], findings=finding)["fixedRecords"] == 4
    assert (breaker.listed()[0]["state"], breaker.listed()[0]["count"]) == ("tripped", 5)


EDGES = (
    (3, 10, False),
    (4, 10, True),
    (4, 400, False),
    (4, 399, True),
    (20, 5000, False),
    (21, 100_000, True),
    (12, 1159, True),
)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_breaker_at_its_edges() -> None:
    assert [(count, total, breaker.too_much(count, total) is not None) for count, total, _ in EDGES] == list(EDGES)


def test_who_is_never_touched() -> None:
    from datetime import timedelta

    from digisence.clock import utcnow
    from digisence.models import RegistrationInquiry, Session

    healthy(300)
    now = utcnow()
    save(user("signed-in"), user("recent", last_login_at=now - timedelta(days=3)), user("applicant"), user("plain"))
    save(
        Session(user_id="signed-in", expires_at=now + timedelta(days=1)),
        RegistrationInquiry(type="BUSINESS", name="App", email="Applicant@Example.org", status="PENDING"),
    )
    run()
    done = run(repair=True)
    assert list(db.session.scalars(select(QuarantineEntry.record_id))) == ["plain"]
    assert {line["check"]: line["leftAlone"] for line in done["counts"]}["orphaned_user"] == 3
    details = dict(db.session.execute(select(Finding.record_id, Finding.detail)).all())
    assert details["signed-in"] == "left alone: signed in now"
    assert details["recent"] == "left alone: signed in within 30 days"
    assert details["applicant"] == "left alone: a registration under the same e-mail is under review"
