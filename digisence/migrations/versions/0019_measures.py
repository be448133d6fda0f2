"""Measures of the past, by the hour and by the day

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.types import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "measures",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("step IN ('hour', 'day')", name=op.f("ck_measures_step_known")),
        sa.PrimaryKeyConstraint("metric", "step", "at", "label", name=op.f("pk_measures")),
    )
    op.create_table(
        "measuring",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measuring")),
    )


def downgrade():
    op.drop_table("measuring")
    op.drop_table("measures")
