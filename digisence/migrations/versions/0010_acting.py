"""Who may purge; what a dry run would do; the profiles that remember a user

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import Now
from digisence.models.types import Json, UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "grants",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("granted_right", sa.Text(), nullable=False),
        sa.Column("granted_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.CheckConstraint("granted_right IN ('purge')", name=op.f("ck_grants_granted_right_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "granted_right", name=op.f("pk_grants")),
    )
    op.create_table(
        "planned_acts",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("detail", Json(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_planned_acts_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "check_id", "record_id", name=op.f("pk_planned_acts")),
    )
    for table in ("businesses", "professionals"):
        op.create_index(f"ix_{table}_admin_ref", table, ["admin_ref"], unique=False)


def downgrade():
    for table in ("businesses", "professionals"):
        op.drop_index(f"ix_{table}_admin_ref", table_name=table)
    op.drop_table("planned_acts")
    op.drop_table("grants")
