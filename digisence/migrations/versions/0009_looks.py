"""Up to where each check has looked; seeing a finding again touches no index

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.types import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "looks",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("full_at", UtcTime(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.Column("before", UtcTime(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("partial", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disagreed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("disagreed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_looks")),
    )
    op.drop_index("ix_findings_state", table_name="findings")
    op.create_index("ix_findings_state", "findings", ["state"], unique=False)


def downgrade():
    op.drop_index("ix_findings_state", table_name="findings")
    op.create_index("ix_findings_state", "findings", ["state", "last_seen"], unique=False)
    op.drop_table("looks")
