"""What visitors and applicants write

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "business_listing_inquiries",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("business_name", sa.Text(), nullable=False),
        sa.Column("business_description", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("inquiry_type", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("assigned_ref", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('PENDING', 'UNDER_REVIEW', 'APPROVED', 'REJECTED', 'COMPLETED')",
            name=op.f("ck_business_listing_inquiries_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to"],
            ["users.id"],
            name=op.f("fk_business_listing_inquiries_assigned_to_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_listing_inquiries")),
    )
    op.create_index(
        "ix_business_listing_inquiries_assigned_to",
        "business_listing_inquiries",
        ["assigned_to", "id"],
        unique=False,
    )
    op.create_index(
        "ix_business_listing_inquiries_business_name",
        "business_listing_inquiries",
        ["business_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_business_listing_inquiries_contact_name",
        "business_listing_inquiries",
        ["contact_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_business_listing_inquiries_created_at",
        "business_listing_inquiries",
        ["created_at", "id"],
        unique=False,
    )
    op.create_index("ix_business_listing_inquiries_email", "business_listing_inquiries", ["email", "id"], unique=False)
    op.create_index(
        "ix_business_listing_inquiries_inquiry_type",
        "business_listing_inquiries",
        ["inquiry_type", "id"],
        unique=False,
    )
    op.create_index(
        "ix_business_listing_inquiries_status", "business_listing_inquiries", ["status", "id"], unique=False
    )
    op.create_index(
        "ix_business_listing_inquiries_updated_at",
        "business_listing_inquiries",
        ["updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "registration_inquiries",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("business_name", sa.Text(), nullable=True),
        sa.Column("business_description", sa.Text(), nullable=True),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("category_ref", sa.Text(), nullable=True),
        sa.Column("gst_number", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("profession", sa.Text(), nullable=True),
        sa.Column("about_me", sa.Text(), nullable=True),
        sa.Column("professional_headline", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("terms_accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("terms_accepted_at", UtcTime(), nullable=True),
        sa.Column("status", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("admin_notes", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_ref", sa.Text(), nullable=True),
        sa.Column("reviewed_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('PENDING', 'UNDER_REVIEW', 'APPROVED', 'REJECTED', 'COMPLETED')",
            name=op.f("ck_registration_inquiries_status_known"),
        ),
        sa.CheckConstraint("type IN ('BUSINESS', 'PROFESSIONAL')", name=op.f("ck_registration_inquiries_type_known")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name=op.f("fk_registration_inquiries_category_id_categories"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"],
            ["users.id"],
            name=op.f("fk_registration_inquiries_reviewed_by_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_inquiries")),
    )
    op.create_index(
        "ix_registration_inquiries_business_name",
        "registration_inquiries",
        ["business_name", "id"],
        unique=False,
    )
    op.create_index(
        "ix_registration_inquiries_category_id", "registration_inquiries", ["category_id", "id"], unique=False
    )
    op.create_index(
        "ix_registration_inquiries_created_at", "registration_inquiries", ["created_at", "id"], unique=False
    )
    op.create_index("ix_registration_inquiries_email", "registration_inquiries", ["email", "id"], unique=False)
    op.create_index("ix_registration_inquiries_name", "registration_inquiries", ["name", "id"], unique=False)
    op.create_index(
        "ix_registration_inquiries_profession", "registration_inquiries", ["profession", "id"], unique=False
    )
    op.create_index(
        "ix_registration_inquiries_reviewed_at", "registration_inquiries", ["reviewed_at", "id"], unique=False
    )
    op.create_index(
        "ix_registration_inquiries_reviewed_by", "registration_inquiries", ["reviewed_by", "id"], unique=False
    )
    op.create_index("ix_registration_inquiries_status", "registration_inquiries", ["status", "id"], unique=False)
    op.create_index(
        "ix_registration_inquiries_terms_accepted",
        "registration_inquiries",
        ["terms_accepted", "id"],
        unique=False,
    )
    op.create_index("ix_registration_inquiries_type", "registration_inquiries", ["type", "id"], unique=False)
    op.create_index(
        "ix_registration_inquiries_updated_at", "registration_inquiries", ["updated_at", "id"], unique=False
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="NEW", nullable=False),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("business_ref", sa.Text(), nullable=True),
        sa.Column("professional_id", sa.Text(), nullable=True),
        sa.Column("professional_ref", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("user_ref", sa.Text(), nullable=True),
        sa.Column("product_ref", sa.Text(), nullable=True),
        sa.Column("service_ref", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('NEW', 'READ', 'REPLIED', 'CLOSED')", name=op.f("ck_inquiries_status_known")),
        sa.CheckConstraint(
            "(coalesce(business_id, business_ref) IS NULL) <> (coalesce(professional_id, professional_ref) IS NULL)",
            name=op.f("ck_inquiries_one_addressee"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_inquiries_business_id_businesses"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["professional_id"],
            ["professionals.id"],
            name=op.f("fk_inquiries_professional_id_professionals"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inquiries_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index("ix_inquiries_business_id", "inquiries", ["business_id", "id"], unique=False)
    op.create_index("ix_inquiries_created_at", "inquiries", ["created_at", "id"], unique=False)
    op.create_index("ix_inquiries_email", "inquiries", ["email", "id"], unique=False)
    op.create_index("ix_inquiries_name", "inquiries", ["name", "id"], unique=False)
    op.create_index("ix_inquiries_professional_id", "inquiries", ["professional_id", "id"], unique=False)
    op.create_index("ix_inquiries_status", "inquiries", ["status", "id"], unique=False)
    op.create_index("ix_inquiries_updated_at", "inquiries", ["updated_at", "id"], unique=False)
    op.create_index("ix_inquiries_user_id", "inquiries", ["user_id", "id"], unique=False)


def downgrade():
    op.drop_index("ix_inquiries_user_id", table_name="inquiries")
    op.drop_index("ix_inquiries_updated_at", table_name="inquiries")
    op.drop_index("ix_inquiries_status", table_name="inquiries")
    op.drop_index("ix_inquiries_professional_id", table_name="inquiries")
    op.drop_index("ix_inquiries_name", table_name="inquiries")
    op.drop_index("ix_inquiries_email", table_name="inquiries")
    op.drop_index("ix_inquiries_created_at", table_name="inquiries")
    op.drop_index("ix_inquiries_business_id", table_name="inquiries")
    op.drop_table("inquiries")
    op.drop_index("ix_registration_inquiries_updated_at", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_type", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_terms_accepted", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_status", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_reviewed_by", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_reviewed_at", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_profession", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_name", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_email", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_created_at", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_category_id", table_name="registration_inquiries")
    op.drop_index("ix_registration_inquiries_business_name", table_name="registration_inquiries")
    op.drop_table("registration_inquiries")
    op.drop_index("ix_business_listing_inquiries_updated_at", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_status", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_inquiry_type", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_email", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_created_at", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_contact_name", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_business_name", table_name="business_listing_inquiries")
    op.drop_index("ix_business_listing_inquiries_assigned_to", table_name="business_listing_inquiries")
    op.drop_table("business_listing_inquiries")
