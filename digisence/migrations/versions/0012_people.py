"""One-time links to set a password; a second factor

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import Now
from digisence.models.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('invitation', 'set-password')", name=op.f("ck_links_purpose_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_links_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_links")),
    )
    op.create_index("ix_links_expires_at", "links", ["expires_at"], unique=False)
    op.create_index("ix_links_user_id", "links", ["user_id"], unique=False)
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=True),
        sa.Column("pending_at", UtcTime(), nullable=True),
        sa.Column("step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.add_column("users", sa.Column("totp_secret", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("recovery_codes", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_since", UtcTime(), nullable=True))
    op.create_index("ix_users_totp_since", "users", ["totp_since", "id"], unique=False)


def downgrade():
    op.drop_index("ix_users_totp_since", table_name="users")
    for column in ("totp_since", "recovery_codes", "totp_secret"):
        op.drop_column("users", column)
    op.drop_table("second_factors")
    op.drop_index("ix_links_user_id", table_name="links")
    op.drop_index("ix_links_expires_at", table_name="links")
    op.drop_table("links")
