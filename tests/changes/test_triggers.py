"""Whoever writes, each change of a record becomes one Change with before, after, actor and version."""

import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update

from digisence.changes import Context, target, triggers, unit_of_work
from digisence.changes.context import OutsideUnitOfWork
from digisence.extensions import db
from digisence.models import Business, Category, Change, ChangeContext, ChangeTarget, Inquiry, Outbox, User
from tests import outsider

ME = Context("user:me", "request-1", "mutation-1")
USER = "INSERT INTO users (id, email, name, password_hash) VALUES ('u1', 'a@example.org', 'Ann', 'secret-hash')"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


def changes() -> list[Change]:
    db.session.rollback()
    return list(db.session.scalars(select(Change).order_by(Change.id)))


def told() -> list[tuple[str, str, str, int, int | None, str]]:
    return [(c.resource, c.record_id, c.action, c.version, c.base_version, c.actor) for c in changes()]


def test_an_outsiders_insert_update_and_delete_are_each_one_change(database: str) -> None:
    outsider.write(database, USER)
    outsider.write(database, "UPDATE users SET name = 'Änn 🐝' WHERE id = 'u1'")
    outsider.write(database, "DELETE FROM users WHERE id = 'u1'")
    assert told() == [
        ("users", "u1", "created", 1, None, "external"),
        ("users", "u1", "updated", 2, 1, "external"),
        ("users", "u1", "deleted", 3, 2, "external"),
    ]
    created, updated, deleted = changes()
    assert created.before is None
    assert created.after["email"] == "a@example.org"
    assert updated.before == created.after
    assert {k for k in updated.after if updated.after[k] != updated.before[k]} == {"name", "version", "updatedAt"}
    assert updated.after["name"] == "Änn 🐝"
    assert deleted.before == updated.after
    assert deleted.after is None


def test_what_a_change_tells_is_what_the_row_holds(database: str) -> None:
    from digisence.models.wire import dump

    outsider.write(database, USER, "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')")
    outsider.write(database, "UPDATE businesses SET description = 'x' WHERE id = 'b1'")
    db.session.rollback()
    business = db.session.get(Business, "b1")
    assert changes()[-1].after == dump(Business, business)
    assert business.version == 2
    assert business.admin_ref == "u1"
    assert business.updated_at > business.created_at or business.updated_at == business.created_at


def test_no_secret_enters_a_change(database: str) -> None:
    outsider.write(database, USER)
    outsider.write(database, "UPDATE users SET password_hash = 'another' WHERE id = 'u1'")
    created, updated = changes()
    for change in (created, updated):
        assert change.secrets == {"password": "changed"}
        assert "hash" not in f"{change.before} {change.after}".lower()
    outsider.write(database, "UPDATE users SET name = 'B' WHERE id = 'u1'")
    assert changes()[-1].secrets is None


def test_a_unit_of_work_tells_who_and_why() -> None:
    with unit_of_work(ME) as session:
        session.add(User(id="u1", email="a@example.org"))
    with unit_of_work(ME) as session:
        session.get(User, "u1").name = "Ann"
        session.flush()
        session.get(User, "u1").name = "Anna"
    assert told() == [
        ("users", "u1", "created", 1, None, "user:me"),
        ("users", "u1", "updated", 2, 1, "user:me"),
        ("users", "u1", "updated", 3, 2, "user:me"),
    ]
    assert {(c.request_id, c.mutation_id) for c in changes()} == {("request-1", "mutation-1")}
    assert changes()[1].transaction_id == changes()[2].transaction_id != changes()[0].transaction_id
    assert db.session.scalar(select(ChangeContext)) is None


def test_after_a_unit_of_work_an_outsider_is_external_again(database: str) -> None:
    with unit_of_work(ME) as session:
        session.add(User(id="u1", email="a@example.org"))
    outsider.write(database, "UPDATE users SET name = 'x'")
    assert [c.actor for c in changes()] == ["user:me", "external"]


def test_bulk_statements_without_the_orm_are_told_with_their_actor() -> None:
    with unit_of_work(ME) as session:
        session.execute(insert(User), [{"id": f"u{n}", "email": f"{n}@example.org"} for n in range(50)])
    with unit_of_work(ME) as session:
        session.execute(update(User).values(name="all"))
    assert {(c.actor, c.action, c.version) for c in changes()} == {("user:me", "created", 1), ("user:me", "updated", 2)}
    assert len(changes()) == 100


def test_a_write_without_a_unit_of_work_is_refused() -> None:
    db.session.add(User(id="u1", email="a@example.org"))
    with pytest.raises(OutsideUnitOfWork):
        db.session.commit()
    db.session.rollback()


def test_a_failed_unit_of_work_leaves_nothing() -> None:
    def work() -> None:
        with unit_of_work(ME) as session:
            session.add(User(id="u1", email="a@example.org"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert changes() == []
    assert db.session.scalar(select(Outbox)) is None


def test_an_emptied_reference_is_remembered_and_told(database: str) -> None:
    outsider.write(database, USER, "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')")
    with unit_of_work(ME) as session:
        session.execute(text("DELETE FROM users WHERE id = 'u1'"))
    emptied = next(c for c in changes() if c.action == "updated")
    assert (emptied.record_id, emptied.actor, emptied.after["adminId"], emptied.after["adminRef"]) == (
        "b1",
        "user:me",
        None,
        "u1",
    )
    assert sorted(c.action for c in changes()) == ["created", "created", "deleted", "updated"]


def test_the_remembered_twin_follows_whoever_writes_the_reference(database: str) -> None:
    outsider.write(
        database, USER, "INSERT INTO users (id, email) VALUES ('u2', 'b@example.org')",
        "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')",
    )  # fmt: skip
    outsider.write(database, "UPDATE businesses SET admin_id = 'u2' WHERE id = 'b1'")
    outsider.write(database, "UPDATE businesses SET admin_ref = 'nobody' WHERE id = 'b1'")
    db.session.rollback()
    assert db.session.get(Business, "b1").admin_ref == "u2"
    assert [c.after["adminRef"] for c in changes() if c.record_id == "b1"] == ["u1", "u2"]


def test_one_addressee_holds_for_outsiders_too(database: str) -> None:
    columns = "INSERT INTO inquiries (id, name, email, message"
    outsider.write(database, USER, "INSERT INTO businesses (id, name, admin_id) VALUES ('b1', 'Bee', 'u1')")
    outsider.write(database, f"{columns}, business_id) VALUES ('i1', 'n', 'n@example.org', 'm', 'b1')")
    outsider.write(database, f"{columns}, professional_ref) VALUES ('i2', 'n', 'n@example.org', 'm', 'gone')")
    db.session.rollback()
    assert db.session.get(Inquiry, "i1").business_ref == "b1"
    for wrong in (
        f"{columns}) VALUES ('i3', 'n', 'e', 'm')",
        f"{columns}, business_id, professional_ref) VALUES ('i4', 'n', 'e', 'm', 'b1', 'p')",
    ):
        with pytest.raises(subprocess.CalledProcessError):
            outsider.write(database, wrong)


def test_rows_may_name_their_disappearance() -> None:
    with unit_of_work(ME) as session:
        session.add(User(id="u1", email="a@example.org"))
        session.add(User(id="u2", email="b@example.org"))
    with unit_of_work(ME) as session:
        target(session, "users", ["u1"], "quarantined")
        session.execute(text("DELETE FROM users"))
    with unit_of_work(ME) as session:
        target(session, "users", ["u1"], "restored")
        session.execute(insert(User).values(id="u1", email="a@example.org", version=7))
    assert [(c.record_id, c.action, c.version) for c in changes()[2:]] == [
        ("u1", "quarantined", 2),
        ("u2", "deleted", 2),
        ("u1", "restored", 7),
    ]
    assert db.session.scalar(select(ChangeTarget)) is None


def test_an_outsider_that_moves_only_bookkeeping_is_no_change(database: str) -> None:
    outsider.write(database, USER)
    outsider.write(database, "UPDATE users SET name = name, version = version")
    assert len(changes()) == 1
    db.session.rollback()
    assert db.session.get(User, "u1").version == 1


def test_a_changed_id_is_a_departure_and_an_arrival(database: str) -> None:
    outsider.write(database, USER)
    outsider.write(database, "UPDATE users SET id = 'u9' WHERE id = 'u1'")
    assert told()[1:] == [("users", "u1", "deleted", 2, 1, "external"), ("users", "u9", "created", 1, None, "external")]


def test_ten_thousand_rows_give_ten_thousand_changes(database: str) -> None:
    if database.startswith("sqlite"):
        series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 10000) SELECT n || '@example.org' FROM s"
    else:
        series = "SELECT n || '@example.org' FROM generate_series(1, 10000) AS n"
    outsider.write(database, f"INSERT INTO users (email) {series}")
    outsider.write(database, "UPDATE users SET name = 'all'")
    counted = db.session.execute(
        text("SELECT action, count(*), count(DISTINCT record_id) FROM changes GROUP BY action ORDER BY action")
    ).all()
    assert [tuple(row) for row in counted] == [("created", 10000, 10000), ("updated", 10000, 10000)]
    assert db.session.scalar(text("SELECT count(*) FROM outbox")) == 20000


def test_rows_that_outsiders_insert_get_an_id_times_and_a_version(database: str) -> None:
    outsider.write(database, "INSERT INTO users (email) VALUES ('a@example.org')")
    user = db.session.scalars(select(User)).one()
    assert len(user.id) == 36
    assert user.id[14] == "7"
    assert (user.version, user.role, user.is_active) == (1, "BUSINESS_ADMIN", True)
    assert abs((datetime.now(UTC) - user.created_at).total_seconds()) < 60
    assert changes()[0].record_id == user.id
    born = int(user.id.replace("-", "")[:12], 16) / 1000
    assert abs(born - user.created_at.timestamp()) < 5


def test_values_survive_the_way_through_a_change(database: str) -> None:
    from digisence.models.types import decode
    from digisence.models.wire import public

    values = {
        "id": "b1", "name": "Ünï 🐝 \"quoted\" \\ 'single'\nline", "opening_hours": [{"day": "Mon", "open": "09:00", "n": 1.5, "x": None}],
        "is_active": False, "created_at": datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=UTC), "description": "",
    }  # fmt: skip
    with unit_of_work(ME) as session:
        session.execute(insert(Business).values(values))
    stored = db.session.get(Business, "b1")
    after = changes()[0].after
    for field in public(Business):
        assert decode(field.type, after[field.name]) == getattr(stored, field.attribute), field.name
    assert after["createdAt"] == "2024-02-29T23:59:59.999Z"
    assert after["openingHours"] == values["opening_hours"]
    assert after["isActive"] is False


def test_installed_triggers_are_verified() -> None:
    with db.engine.begin() as connection:
        assert triggers.verify(connection) == []
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER digisence_users_update")
        else:
            connection.exec_driver_sql("ALTER TABLE users DISABLE TRIGGER digisence_users_capture")
        [fault] = triggers.verify(connection)
        assert "users" in fault
        triggers.install(connection)
        assert triggers.verify(connection) == []


def test_two_writers_at_once_each_keep_their_actor(app: Flask) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(name: str) -> None:
        with app.app_context():
            for n in range(25):
                with unit_of_work(Context(f"user:{name}")) as session:
                    session.add(User(id=f"{name}{n}", email=f"{name}{n}@example.org"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ["ann", "bob"]))
    found = changes()
    assert len(found) == 50
    assert all(c.actor == f"user:{c.record_id[:3]}" for c in found)


def test_a_category_under_itself_does_not_break_capture(database: str) -> None:
    with unit_of_work(ME) as session:
        session.add(Category(id="c1", name="One"))
    outsider.write(database, "UPDATE categories SET parent_id = 'c1' WHERE id = 'c1'")
    assert changes()[-1].after["parentRef"] == "c1"


@pytest.mark.parametrize(
    "written", ["created_at = '0044-03-15 BC'", "created_at = 'no day'", "version = 'abc'", "is_active = 'perhaps'"]
)
def test_what_no_column_of_its_type_can_hold_is_refused(database: str, written: str) -> None:
    outsider.write(database, USER)
    with pytest.raises(subprocess.CalledProcessError):
        outsider.write(database, f"UPDATE users SET {written}")
    assert len(changes()) == 1
