"""Links that end with the e-mail or the password they were made for

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("links", sa.Column("stamp", sa.Text(), nullable=True))


def downgrade():
    op.drop_column("links", "stamp")
