"""From where a change came, events among the changes, and digests in the place of what is too old to keep

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ADDED = {
    "changes": ("address", "before_digest", "after_digest"),
    "change_context": ("address",),
}


def upgrade():
    for table, names in ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Seals that stand are of the first form, whose digest takes before and after in full
    op.add_column("seals", sa.Column("form", sa.Integer(), server_default="1", nullable=False))


def downgrade():
    op.drop_column("seals", "form")
    op.drop_column("outbox", "silent")
    for table, names in ADDED.items():
        for name in names:
            op.drop_column(table, name)
