"""An index of the few e-mails with capitals, by which those in other letters are found without reading all

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MIXED = "email <> lower(email)"


def upgrade():
    mixed = sa.text(MIXED)
    op.create_index(
        "ix_users_email_mixed", "users", ["email", "id"], unique=False, sqlite_where=mixed, postgresql_where=mixed
    )


def downgrade():
    op.drop_index("ix_users_email_mixed", table_name="users")
