"""Imports of records: their files, what they wrote, what they refused

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import Json, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTS = ("attempt", "rows", "created", "updated", "unchanged", "failed", "undone", "kept")
STATES = "'uploading', 'queued', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone'"


def upgrade():
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), server_default="uploading", nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        *(
            sa.Column(name, UtcTime(), nullable=True)
            for name in ("started_at", "heartbeat_at", "finished_at", "forgotten_at")
        ),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_imports_state_known")),
        sa.CheckConstraint("format IN ('csv', 'json', 'ndjson')", name=op.f("ck_imports_format_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    for column in ("created_at", "state", "upload_id"):
        op.create_index(f"ix_imports_{column}", "imports", [column], unique=False)
    op.create_table(
        "import_pieces",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_import_pieces")),
    )
    op.create_table(
        "imported_rows",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", Json(), nullable=True),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("action IN ('created', 'updated')", name=op.f("ck_imported_rows_action_known")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_imported_rows_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_imported_rows")),
    )
    op.create_table(
        "import_faults",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("undo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("errors", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_faults_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "undo", "number", name=op.f("pk_import_faults")),
    )


def downgrade():
    for table in ("import_faults", "imported_rows", "import_pieces", "imports"):
        op.drop_table(table)
