"""Changes, their way to the feed, and their seals

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import Now
from digisence.models.types import Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "change_context",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("mutation_id", sa.Text(), nullable=True),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_context")),
    )
    op.create_table(
        "change_stash",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", Json(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "record_id", name=op.f("pk_change_stash")),
    )
    op.create_table(
        "change_targets",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "record_id", name=op.f("pk_change_targets")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("before", Json(), nullable=True),
        sa.Column("after", Json(), nullable=True),
        sa.Column("secrets", Json(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("mutation_id", sa.Text(), nullable=True),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.Column("committed_at", UtcTime(), server_default=Now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_actor", "changes", ["actor", "id"], unique=False)
    op.create_index("ix_changes_committed_at", "changes", ["committed_at"], unique=False)
    op.create_index("ix_changes_record", "changes", ["resource", "record_id", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column(
            "change_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_outbox_change_id_changes")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "publications",
        sa.Column(
            "change_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_publications_change_id_changes")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_publications")),
    )
    op.create_index("ix_publications_position", "publications", ["milliseconds", "counter"], unique=False)
    op.create_table(
        "seals",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_seals_change_id_changes")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_seals")),
        sa.UniqueConstraint("change_id", name=op.f("uq_seals_change_id")),
        sqlite_autoincrement=True,
    )


def downgrade():
    op.drop_table("seals")
    op.drop_index("ix_publications_position", table_name="publications")
    op.drop_table("publications")
    op.drop_table("outbox")
    op.drop_index("ix_changes_record", table_name="changes")
    op.drop_index("ix_changes_committed_at", table_name="changes")
    op.drop_index("ix_changes_actor", table_name="changes")
    op.drop_table("changes")
    op.drop_table("change_targets")
    op.drop_table("change_stash")
    op.drop_table("change_context")
