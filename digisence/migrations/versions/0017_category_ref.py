"""Businesses by the category they remember, so that a check reads no row of those that are well

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_businesses_category_ref", "businesses", ["category_ref"], unique=False)


def downgrade():
    op.drop_index("ix_businesses_category_ref", table_name="businesses")
