"""How many of the rows that an undoing kept no undoing will take back

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# What was forgotten has no notes any more, and is undone no more; an undoing asked for again had set `kept` to 0
COUNTED = (
    "UPDATE imports SET kept_for_good = kept WHERE forgotten_at IS NOT NULL",
    """UPDATE imports SET kept = (SELECT count(*) FROM import_faults WHERE import_id = imports.id AND undo)
    WHERE forgotten_at IS NULL AND state = 'undoing'""",
    """UPDATE imports SET kept_for_good = (SELECT count(*) FROM import_faults
    WHERE import_id = imports.id AND undo AND code IN ('changed-since', 'gone')) WHERE forgotten_at IS NULL""",
)


def upgrade():
    op.add_column("imports", sa.Column("kept_for_good", sa.Integer(), server_default="0", nullable=False))
    for statement in COUNTED:
        op.execute(statement)


def downgrade():
    op.drop_column("imports", "kept_for_good")
