"""Bulk actions with what became of each record; the quarantine knows them

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import Now
from digisence.models.types import Json, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("new_values", Json(), nullable=True),
        sa.Column("filter", Json(), nullable=True),
        sa.Column("asked", Json(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("done", "failed", "undone", "conflicts")
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("context", Json(), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("heartbeat_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("undo_actor", sa.Text(), nullable=True),
        sa.Column("undo_context", Json(), nullable=True),
        sa.Column("undone_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "action IN ('activate', 'deactivate', 'delete', 'set')", name=op.f("ck_bulk_actions_action_known")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'errored', 'undo-queued', 'undoing', 'undone')",
            name=op.f("ck_bulk_actions_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
    )
    op.create_index("ix_bulk_actions_created_at", "bulk_actions", ["created_at"], unique=False)
    op.create_index("ix_bulk_actions_state", "bulk_actions", ["state"], unique=False)
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("before", Json(), nullable=True),
        sa.Column("left_version", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Text(), nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("undo_code", sa.Text(), nullable=True),
        sa.Column("undo_detail", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_bulk_items_state_known")),
        sa.CheckConstraint("undo IN ('undone', 'conflict')", name=op.f("ck_bulk_items_undo_known")),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_actions.id"], name=op.f("fk_bulk_items_bulk_id_bulk_actions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", "seq", name=op.f("pk_bulk_items")),
        sa.UniqueConstraint("bulk_id", "record_id", name=op.f("uq_bulk_items_bulk_id_record_id")),
    )
    op.create_index("ix_bulk_items_state", "bulk_items", ["bulk_id", "state", "seq"], unique=False)
    op.add_column("quarantine", sa.Column("bulk_id", sa.Text(), nullable=True))
    op.create_index("ix_quarantine_bulk", "quarantine", ["bulk_id"], unique=False)


def downgrade():
    op.drop_index("ix_quarantine_bulk", table_name="quarantine")
    op.drop_column("quarantine", "bulk_id")
    op.drop_table("bulk_items")
    op.drop_table("bulk_actions")
