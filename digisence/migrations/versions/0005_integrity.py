"""Checks, runs, findings, breaker, quarantine, schedule

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import Json, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("set_hash", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("used_by_run", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(op.f("ix_acknowledgements_check_id"), "acknowledgements", ["check_id"], unique=False)
    op.create_table(
        "breakers",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("set_hash", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("record_ids", Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("tripped_at", UtcTime(), server_default=Now(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_breakers")),
    )
    op.create_table(
        "checks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("distribution", sa.Text(), nullable=False),
        sa.Column("distribution_version", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=True),
        sa.Column("rule_grace_seconds", sa.Integer(), nullable=True),
        sa.Column("interval_seconds", sa.Integer(), nullable=True),
        sa.Column("settings", Json(), nullable=True),
        sa.Column("settings_schema", Json(), nullable=True),
        sa.Column("health", sa.Text(), server_default="ok", nullable=False),
        sa.Column("health_detail", sa.Text(), nullable=True),
        sa.Column("last_run_at", UtcTime(), nullable=True),
        sa.Column("last_success_at", UtcTime(), nullable=True),
        sa.Column("registered_at", UtcTime(), server_default=Now(), nullable=False),
        sa.CheckConstraint("mode IN ('observe', 'act', 'off')", name=op.f("ck_checks_mode_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("sightings", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.Column("resolved_at", UtcTime(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("last_run_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'ignored', 'healed', 'repaired', 'quarantined', 'blocked')",
            name=op.f("ck_findings_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("check_id", "record_id", name="uq_findings_record"),
    )
    op.create_index("ix_findings_check", "findings", ["check_id", "state"], unique=False)
    op.create_index("ix_findings_state", "findings", ["state", "last_seen"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("check_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("placed_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("restored_at", UtcTime(), nullable=True),
        sa.Column("restored_by", sa.Text(), nullable=True),
        sa.Column("snapshot", Json(), nullable=False),
        sa.Column("children", Json(), nullable=False),
        sa.Column("emptied", Json(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("schema_revision", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('manual', 'check')", name=op.f("ck_quarantine_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_placed_at", "quarantine", ["placed_at"], unique=False)
    op.create_index("ix_quarantine_record", "quarantine", ["resource", "record_id"], unique=False)
    op.create_index("ix_quarantine_run", "quarantine", ["run_id"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("repair", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("scheduled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("checks", Json(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("progress", Json(), nullable=True),
        sa.Column("result", Json(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("heartbeat_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'passed', 'failed', 'errored', 'abandoned')",
            name=op.f("ck_runs_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("occurrence", name=op.f("uq_runs_occurrence")),
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"], unique=False)
    op.create_index("ix_runs_state", "runs", ["state"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )


def downgrade():
    op.drop_table("schedules")
    op.drop_index("ix_runs_state", table_name="runs")
    op.drop_index("ix_runs_created_at", table_name="runs")
    op.drop_table("runs")
    op.drop_index("ix_quarantine_run", table_name="quarantine")
    op.drop_index("ix_quarantine_record", table_name="quarantine")
    op.drop_index("ix_quarantine_placed_at", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("leases")
    op.drop_index("ix_findings_state", table_name="findings")
    op.drop_index("ix_findings_check", table_name="findings")
    op.drop_table("findings")
    op.drop_table("checks")
    op.drop_table("breakers")
    op.drop_index(op.f("ix_acknowledgements_check_id"), table_name="acknowledgements")
    op.drop_table("acknowledgements")
