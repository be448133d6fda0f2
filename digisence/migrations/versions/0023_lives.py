"""Who asked for the undoing of an import; when the records of a bulk action were forgotten

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.types import UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAMES = ("undo_actor", "undo_request_id")


def upgrade():
    for name in NAMES:
        op.add_column("imports", sa.Column(name, sa.Text()))
    op.add_column("bulk_actions", sa.Column("forgotten_at", UtcTime()))


def downgrade():
    op.drop_column("bulk_actions", "forgotten_at")
    for name in reversed(NAMES):
        op.drop_column("imports", name)
