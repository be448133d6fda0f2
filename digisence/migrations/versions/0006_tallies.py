"""Kept counts, and the latest changes of a resource

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "tallies",
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("verified_at", UtcTime(), nullable=True),
        sa.Column("drift", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("drifted_at", UtcTime(), nullable=True),
        sa.Column("drift_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_tallies")),
    )
    op.create_index("ix_changes_recent", "changes", ["resource", "committed_at", "id"], unique=False)


def downgrade():
    op.drop_index("ix_changes_recent", table_name="changes")
    op.drop_table("tallies")
