"""The outbox of mails

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "'waiting', 'claimed', 'sending', 'sent', 'failed', 'uncertain', 'expired'"


def upgrade():
    op.create_table(
        "mails",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("due_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_mails_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_due", "mails", ["state", "due_at"], unique=False)
    op.create_index("ix_mails_created_at", "mails", ["created_at"], unique=False)


def downgrade():
    op.drop_index("ix_mails_created_at", table_name="mails")
    op.drop_index("ix_mails_due", table_name="mails")
    op.drop_table("mails")
