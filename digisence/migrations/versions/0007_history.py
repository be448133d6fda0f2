"""Findings over time, and drills

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import Json, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "check_history",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("runs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("healed", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("healed_seconds", sa.Float(), nullable=False),
        sa.Column("mended_seconds", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", "at", name=op.f("pk_check_history")),
    )
    op.create_index("ix_check_history_at", "check_history", ["at"], unique=False)
    op.create_table(
        "health_history",
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("runs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("orphaned_users", sa.BigInteger(), nullable=False),
        sa.Column("missing_business_admins", sa.BigInteger(), nullable=False),
        sa.Column("missing_professional_admins", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("lowest", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_health_history")),
    )
    op.create_table(
        "drills",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("steps", Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
        sa.UniqueConstraint("occurrence", name=op.f("uq_drills_occurrence")),
    )
    op.create_index("ix_drills_started_at", "drills", ["started_at"], unique=False)
    op.create_index("ix_findings_resolved_at", "findings", ["check_id", "resolved_at"], unique=False)


def downgrade():
    op.drop_index("ix_findings_resolved_at", table_name="findings")
    op.drop_index("ix_drills_started_at", table_name="drills")
    op.drop_table("drills")
    op.drop_table("health_history")
    op.drop_index("ix_check_history_at", table_name="check_history")
    op.drop_table("check_history")
