"""Migrations run up, down and up on a filled database: no reference is lost, no Change is written."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask, current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, text

from digisence.changes import Context, triggers, unit_of_work
from digisence.extensions import db
from digisence.models import RECORDS, Business, Category, Inquiry, Professional, RegistrationInquiry, User
from tests import outsider

LATER = '''"""A later migration that rebuilds every table

Revision ID: later
Revises: {head}
"""

import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    for table in {tables!r}:
        with op.batch_alter_table(table, recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto") as batch:
            batch.add_column(sa.Column("later", sa.Text(), server_default="x"))


def downgrade():
    for table in {tables!r}:
        with op.batch_alter_table(table, recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto") as batch:
            batch.drop_column("later")
'''


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.app_context():
        yield


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more revision after the newest, in a folder of its own."""
    with db.engine.connect() as connection:
        head = MigrationContext.configure(connection).get_current_revision()
    folder = tmp_path / "versions"
    folder.mkdir()
    tables = [model.__tablename__ for model in RECORDS.values()]
    (folder / "later.py").write_text(LATER.format(head=head, tables=tables))
    migrate = current_app.extensions["migrate"].migrate
    made = migrate.get_config

    def with_later(*arguments: Any, **options: Any) -> Any:
        config = made(*arguments, **options)
        own = Path(config.get_main_option("script_location")) / "versions"
        config.set_main_option("version_locations", f"{own} {folder}")
        config.set_main_option("path_separator", "space")
        return config

    monkeypatch.setattr(migrate, "get_config", with_later)


def fill() -> None:
    with unit_of_work(Context("system:test")) as session:
        for model, values in (
            (User, {"id": "u1", "email": "a@example.org"}),
            (User, {"id": "u2", "email": "b@example.org"}),
            (Category, {"id": "c1", "name": "One"}),
            (Category, {"id": "c2", "name": "Two", "parent_id": "c1"}),
            (Business, {"id": "b1", "name": "Bee", "admin_id": "u1", "category_id": "c2"}),
            (Professional, {"id": "p1", "name": "Pro", "admin_id": "u2", "skills": ["a", {"b": 1}]}),
            (
                Inquiry,
                {
                    "id": "i1",
                    "name": "n",
                    "email": "n@example.org",
                    "message": "m",
                    "business_id": "b1",
                    "user_id": "u2",
                },
            ),
            (
                RegistrationInquiry,
                {"id": "r1", "type": "BUSINESS", "name": "nn", "email": "r@example.org", "reviewed_by": "u1"},
            ),
        ):
            session.execute(insert(model).values(values))
        session.execute(text("UPDATE categories SET business_id = 'b1' WHERE id = 'c2'"))


def content() -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with db.engine.connect() as connection:
        for model in RECORDS.values():
            names = ", ".join(column.name for column in model.__table__.columns)
            rows = connection.execute(text(f"SELECT {names} FROM {model.__tablename__} ORDER BY id"))
            found[model.__tablename__] = [tuple(map(str, row)) for row in rows]
        found["changes"] = [
            tuple(row) for row in connection.execute(text("SELECT id, record_id, action FROM changes ORDER BY id"))
        ]
    return found


def test_a_rebuild_of_every_table_loses_nothing_and_tells_nothing(later: None, database: str) -> None:
    fill()
    before = content()
    upgrade()
    assert content() == before
    downgrade()
    assert content() == before
    upgrade()
    assert content() == before
    with db.engine.connect() as connection:
        assert triggers.verify(connection) == []
    outsider.write(database, "UPDATE users SET name = 'still captured' WHERE id = 'u1'")
    assert content()["changes"][-1][1:] == ("u1", "updated")


def test_references_that_outsiders_broke_before_do_not_stop_a_migration(later: None, database: str) -> None:
    fill()
    if database.startswith("sqlite"):
        outsider.write(database, "DELETE FROM users WHERE id = 'u1'", before="PRAGMA foreign_keys=OFF")
    upgrade()
    assert content()["businesses"][0][:1] == ("b1",)


@pytest.mark.filterwarnings("ignore:autogenerate skipping .* dialect .sqlite")  # PostgreSQL alone has one of those
def test_down_to_nothing_and_up_again_is_the_declared_schema() -> None:
    fill()
    downgrade(revision="base")
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
        assert triggers.verify(connection) == []
    assert all(rows == [] for rows in content().values())


def test_half_way_down_keeps_the_directory() -> None:
    fill()
    before = content()
    downgrade(revision="0002")
    upgrade()
    after = content()
    before["changes"] = after["changes"] = []
    assert after == before


def test_every_filter_and_sort_has_its_index() -> None:
    from sqlalchemy import inspect

    from digisence.models.wire import fields

    inspector = inspect(db.engine)
    for model in RECORDS.values():
        leading = {index["column_names"][0] for index in inspector.get_indexes(model.__tablename__)} | {"id"}
        wanted = {field.column.name for field in fields(model) if field.wire.filter or field.wire.sort}
        assert wanted <= leading, model.__tablename__
