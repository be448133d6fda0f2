"""How many full looks came before a finding, so that none is written when it is seen again

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STANDING = "state IN ('open', 'ignored', 'blocked')"
LOOK = "SELECT {} FROM looks WHERE looks.check_id = findings.check_id"


def upgrade():
    op.add_column("looks", sa.Column("fulls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("looks", sa.Column("full_run", sa.Text(), nullable=True))
    op.add_column("findings", sa.Column("begun", sa.Integer(), nullable=True))
    op.execute(f"UPDATE findings SET begun = -sightings WHERE {STANDING}")  # noqa: S608
    op.drop_index("ix_findings_check", table_name="findings")
    op.create_index("ix_findings_check", "findings", ["check_id", "state", "begun"], unique=False)


def downgrade():
    fulls, full_at = LOOK.format("fulls"), LOOK.format("full_at")
    op.execute(f"UPDATE findings SET sightings = COALESCE(({fulls}) - begun, sightings) WHERE {STANDING}")  # noqa: S608
    op.execute(
        f"UPDATE findings SET last_seen = ({full_at}) WHERE {STANDING} AND last_seen < ({full_at})"  # noqa: S608
    )
    op.drop_index("ix_findings_check", table_name="findings")
    op.create_index("ix_findings_check", "findings", ["check_id", "state"], unique=False)
    op.drop_column("findings", "begun")
    op.drop_column("looks", "full_run")
    op.drop_column("looks", "fulls")
