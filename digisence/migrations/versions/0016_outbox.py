"""An outbox that asks for no change twice: the trigger that fills it has just written the change

Of a young table PostgreSQL reads every row for such a check, and keeps to that plan while the table grows.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAME = "fk_outbox_change_id_changes"


def upgrade():
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint(op.f(NAME), type_="foreignkey")


def downgrade():
    with op.batch_alter_table("outbox") as batch:
        batch.create_foreign_key(op.f(NAME), "changes", ["change_id"], ["id"])
