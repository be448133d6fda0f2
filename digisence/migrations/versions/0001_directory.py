"""The directory, and what the old platform left

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from digisence.models.base import NewId, Now
from digisence.models.types import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), server_default="BUSINESS_ADMIN", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_login_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "role IN ('SUPER_ADMIN', 'BUSINESS_ADMIN', 'PROFESSIONAL_ADMIN')",
            name=op.f("ck_users_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_index("ix_users_created_at", "users", ["created_at", "id"], unique=False)
    op.create_index("ix_users_email", "users", ["email", "id"], unique=False)
    op.create_index("ix_users_is_active", "users", ["is_active", "id"], unique=False)
    op.create_index("ix_users_last_login_at", "users", ["last_login_at", "id"], unique=False)
    op.create_index("ix_users_name", "users", ["name", "id"], unique=False)
    op.create_index("ix_users_role", "users", ["role", "id"], unique=False)
    op.create_index("ix_users_updated_at", "users", ["updated_at", "id"], unique=False)
    op.create_table(
        "categories",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), server_default="PRODUCT", nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("parent_ref", sa.Text(), nullable=True),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("business_ref", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("type IN ('BUSINESS', 'PRODUCT')", name=op.f("ck_categories_type_known")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["categories.id"],
            name=op.f("fk_categories_parent_id_categories"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_index("ix_categories_business_id", "categories", ["business_id", "id"], unique=False)
    op.create_index("ix_categories_created_at", "categories", ["created_at", "id"], unique=False)
    op.create_index("ix_categories_name", "categories", ["name", "id"], unique=False)
    op.create_index("ix_categories_parent_id", "categories", ["parent_id", "id"], unique=False)
    op.create_index("ix_categories_slug", "categories", ["slug", "id"], unique=False)
    op.create_index("ix_categories_type", "categories", ["type", "id"], unique=False)
    op.create_index("ix_categories_updated_at", "categories", ["updated_at", "id"], unique=False)
    op.create_table(
        "legacy_documents",
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("imported_at", UtcTime(), server_default=Now(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "id", name=op.f("pk_legacy_documents")),
    )
    op.create_table(
        "businesses",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("instagram", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("catalog_pdf", sa.Text(), nullable=True),
        sa.Column("opening_hours", Json(), nullable=True),
        sa.Column("gst_number", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("hero_content", Json(), nullable=True),
        sa.Column("brand_content", Json(), nullable=True),
        sa.Column("portfolio_content", Json(), nullable=True),
        sa.Column("admin_id", sa.Text(), nullable=True),
        sa.Column("admin_ref", sa.Text(), nullable=True),
        sa.Column("category_id", sa.Text(), nullable=True),
        sa.Column("category_ref", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["users.id"], name=op.f("fk_businesses_admin_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name=op.f("fk_businesses_category_id_categories"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
        sa.UniqueConstraint("admin_id", name=op.f("uq_businesses_admin_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_businesses_slug")),
    )
    op.create_index("ix_businesses_admin_id", "businesses", ["admin_id", "id"], unique=False)
    op.create_index("ix_businesses_category_id", "businesses", ["category_id", "id"], unique=False)
    op.create_index("ix_businesses_created_at", "businesses", ["created_at", "id"], unique=False)
    op.create_index("ix_businesses_email", "businesses", ["email", "id"], unique=False)
    op.create_index("ix_businesses_gst_number", "businesses", ["gst_number", "id"], unique=False)
    op.create_index("ix_businesses_is_active", "businesses", ["is_active", "id"], unique=False)
    op.create_index("ix_businesses_name", "businesses", ["name", "id"], unique=False)
    op.create_index("ix_businesses_slug", "businesses", ["slug", "id"], unique=False)
    op.create_index("ix_businesses_updated_at", "businesses", ["updated_at", "id"], unique=False)
    op.create_table(
        "professionals",
        sa.Column("id", sa.Text(), server_default=NewId(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("profession_name", sa.Text(), nullable=True),
        sa.Column("professional_headline", sa.Text(), nullable=True),
        sa.Column("about_me", sa.Text(), nullable=True),
        sa.Column("profile_picture", sa.Text(), nullable=True),
        sa.Column("banner", sa.Text(), nullable=True),
        sa.Column("resume", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("instagram", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("work_experience", Json(), nullable=True),
        sa.Column("education", Json(), nullable=True),
        sa.Column("skills", Json(), nullable=True),
        sa.Column("services_offered", Json(), nullable=True),
        sa.Column("contact_info", Json(), nullable=True),
        sa.Column("portfolio", Json(), nullable=True),
        sa.Column("contact_details", Json(), nullable=True),
        sa.Column("cta_button", Json(), nullable=True),
        sa.Column("admin_id", sa.Text(), nullable=True),
        sa.Column("admin_ref", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("updated_at", UtcTime(), server_default=Now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["users.id"], name=op.f("fk_professionals_admin_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professionals")),
        sa.UniqueConstraint("admin_id", name=op.f("uq_professionals_admin_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_professionals_slug")),
    )
    op.create_index("ix_professionals_admin_id", "professionals", ["admin_id", "id"], unique=False)
    op.create_index("ix_professionals_created_at", "professionals", ["created_at", "id"], unique=False)
    op.create_index("ix_professionals_email", "professionals", ["email", "id"], unique=False)
    op.create_index("ix_professionals_is_active", "professionals", ["is_active", "id"], unique=False)
    op.create_index("ix_professionals_location", "professionals", ["location", "id"], unique=False)
    op.create_index("ix_professionals_name", "professionals", ["name", "id"], unique=False)
    op.create_index("ix_professionals_profession_name", "professionals", ["profession_name", "id"], unique=False)
    op.create_index(
        "ix_professionals_professional_headline",
        "professionals",
        ["professional_headline", "id"],
        unique=False,
    )
    op.create_index("ix_professionals_slug", "professionals", ["slug", "id"], unique=False)
    op.create_index("ix_professionals_updated_at", "professionals", ["updated_at", "id"], unique=False)
    with op.batch_alter_table("categories") as batch:
        batch.create_foreign_key(
            op.f("fk_categories_business_id_businesses"),
            "businesses",
            ["business_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade():
    with op.batch_alter_table("categories") as batch:
        batch.drop_constraint(op.f("fk_categories_business_id_businesses"), type_="foreignkey")
    op.drop_index("ix_professionals_updated_at", table_name="professionals")
    op.drop_index("ix_professionals_slug", table_name="professionals")
    op.drop_index("ix_professionals_professional_headline", table_name="professionals")
    op.drop_index("ix_professionals_profession_name", table_name="professionals")
    op.drop_index("ix_professionals_name", table_name="professionals")
    op.drop_index("ix_professionals_location", table_name="professionals")
    op.drop_index("ix_professionals_is_active", table_name="professionals")
    op.drop_index("ix_professionals_email", table_name="professionals")
    op.drop_index("ix_professionals_created_at", table_name="professionals")
    op.drop_index("ix_professionals_admin_id", table_name="professionals")
    op.drop_table("professionals")
    op.drop_index("ix_businesses_updated_at", table_name="businesses")
    op.drop_index("ix_businesses_slug", table_name="businesses")
    op.drop_index("ix_businesses_name", table_name="businesses")
    op.drop_index("ix_businesses_is_active", table_name="businesses")
    op.drop_index("ix_businesses_gst_number", table_name="businesses")
    op.drop_index("ix_businesses_email", table_name="businesses")
    op.drop_index("ix_businesses_created_at", table_name="businesses")
    op.drop_index("ix_businesses_category_id", table_name="businesses")
    op.drop_index("ix_businesses_admin_id", table_name="businesses")
    op.drop_table("businesses")
    op.drop_index("ix_users_updated_at", table_name="users")
    op.drop_index("ix_users_role", table_name="users")
    op.drop_index("ix_users_name", table_name="users")
    op.drop_index("ix_users_last_login_at", table_name="users")
    op.drop_index("ix_users_is_active", table_name="users")
    op.drop_index("ix_users_email", table_name="users")
    op.drop_index("ix_users_created_at", table_name="users")
    op.drop_table("users")
    op.drop_table("legacy_documents")
    op.drop_index("ix_categories_updated_at", table_name="categories")
    op.drop_index("ix_categories_type", table_name="categories")
    op.drop_index("ix_categories_slug", table_name="categories")
    op.drop_index("ix_categories_parent_id", table_name="categories")
    op.drop_index("ix_categories_name", table_name="categories")
    op.drop_index("ix_categories_created_at", table_name="categories")
    op.drop_index("ix_categories_business_id", table_name="categories")
    op.drop_table("categories")
