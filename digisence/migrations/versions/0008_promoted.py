"""Which version of a rule was promoted, since when a rule is missing, and the defaults of its settings

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.types import Json, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("checks", sa.Column("promoted_version", sa.Text(), nullable=True))
    op.add_column("checks", sa.Column("missing_since", UtcTime(), nullable=True))
    op.add_column("checks", sa.Column("settings_defaults", Json(), nullable=True))
    op.execute("UPDATE checks SET promoted_version = distribution_version WHERE mode = 'act'")


def downgrade():
    op.drop_column("checks", "settings_defaults")
    op.drop_column("checks", "missing_since")
    op.drop_column("checks", "promoted_version")
