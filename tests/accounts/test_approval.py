"""From an application to an account: everything carried over, in one transaction, once, whoever else decides too."""

from typing import Any

import pytest
from sqlalchemy import func, select

from digisence import records
from digisence.accounts import approval
from digisence.changes import Context
from digisence.errors import Conflict, Invalid, NotFound
from digisence.extensions import db
from digisence.mail import envelope
from digisence.models import Business, Category, Change, Link, Mail, Professional, Record, RegistrationInquiry, User

BUSINESS = {
    "type": "BUSINESS", "name": "Ann Lee", "email": "Ann@example.org", "phone": "+49 89 1", "business_name": "Café Bee",
    "business_description": "Cakes", "gst_number": "GST-1", "website": "https://bee.example", "address": "Road 1",
    "location": "Munich", "terms_accepted": True,
}  # fmt: skip
PROFESSIONAL = {
    "type": "PROFESSIONAL", "name": "Dr. Bo Lee", "email": "bo@example.org", "phone": "2", "first_name": "Bo",
    "last_name": "Lee", "profession": "Architect", "about_me": "Builds", "professional_headline": "Houses",
    "location": "Berlin", "address": "Street 2", "website": "https://bo.example",
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("context")


def apply(values: dict[str, Any], **more: Any) -> Record:
    return records.create(RegistrationInquiry, {**values, **more}, Context("system:intake"))


def rows(model: Any) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(model).execution_options(populate_existing=True)))


def row(model: Any, record_id: str) -> Any:
    db.session.rollback()
    return db.session.get(model, record_id, populate_existing=True)


def test_a_business_gets_its_account_with_everything_it_said(boss: Context) -> None:
    category = records.create(Category, {"name": "Cafés", "type": "BUSINESS"}, boss)
    asked = apply(BUSINESS, category_id=category.id)
    done: Any = approval.approve(asked.id, {}, boss)
    assert (done.status, f"user:{done.reviewed_by}", done.version) == ("COMPLETED", boss.actor, 2)
    assert done.reviewed_at is not None
    [made] = rows(Business)
    admin = row(User, made.admin_id)
    assert (admin.email, admin.name, admin.role, admin.is_active) == (
        "Ann@example.org",
        "Ann Lee",
        "BUSINESS_ADMIN",
        True,
    )
    assert admin.password_hash is None
    assert (made.name, made.slug, made.description, made.gst_number) == ("Café Bee", "cafe-bee", "Cakes", "GST-1")
    assert (made.email, made.phone, made.website) == ("Ann@example.org", "+49 89 1", "https://bee.example")
    assert (made.address, made.category_id, made.is_active) == ("Road 1, Munich", category.id, True)


def test_a_professional_too(boss: Context) -> None:
    approval.approve(apply(PROFESSIONAL).id, {}, boss)
    [made] = rows(Professional)
    admin = row(User, made.admin_id)
    assert (admin.email, admin.name, admin.role) == ("bo@example.org", "Dr. Bo Lee", "PROFESSIONAL_ADMIN")
    assert (made.name, made.profession_name, made.professional_headline) == ("Bo Lee", "Architect", "Houses")
    assert (made.about_me, made.location, made.phone) == ("Builds", "Street 2, Berlin", "2")
    assert (made.email, made.website) == ("bo@example.org", "https://bo.example")


def test_the_applicant_is_mailed_a_link_and_never_a_password(boss: Context) -> None:
    asked = apply(BUSINESS)
    approval.approve(asked.id, {}, boss)
    [mail] = rows(Mail)
    assert (mail.template, mail.recipient, mail.resource, mail.record_id) == (
        "set-password", "Ann@example.org", "registration-inquiries", asked.id,
    )  # fmt: skip
    values = envelope.unseal(mail.sealed)
    assert set(values) == {"name", "link"}
    [link] = rows(Link)
    assert link.digest not in values["link"]
    changes = rows(Change)
    assert values["link"].rpartition("#")[2] not in str([(change.before, change.after) for change in changes])


def test_overrides_make_the_account_and_leave_the_application_as_it_was(boss: Context) -> None:
    asked = apply(BUSINESS)
    chosen = {
        "email": "new@example.org",
        "business_name": "Bee & Co",
        "slug": "bees",
        "is_active": False,
        "website": None,
    }
    done: Any = approval.approve(asked.id, chosen, boss)
    [made] = rows(Business)
    assert (made.name, made.slug, made.is_active, made.website) == ("Bee & Co", "bees", False, None)
    assert row(User, made.admin_id).email == made.email == "new@example.org"
    assert (done.business_name, done.email, done.website) == ("Café Bee", "Ann@example.org", "https://bee.example")
    assert rows(Mail)[0].recipient == "new@example.org"


def test_one_transaction_made_it_all_and_the_trail_says_what(boss: Context) -> None:
    asked = apply(BUSINESS)
    before = db.session.scalar(select(func.max(Change.id)))
    approval.approve(asked.id, {}, boss)
    told = [change for change in rows(Change) if change.id > before]
    assert [(change.resource, change.action) for change in told] == [
        ("users", "created"), ("businesses", "created"), ("registration-inquiries", "approved"),
        ("registration-inquiries", "updated"),
    ]  # fmt: skip
    assert {change.actor for change in told} == {boss.actor}
    assert len({change.transaction_id for change in told}) == 1
    [made] = rows(Business)
    assert told[2].after == {"userId": made.admin_id, "profile": "businesses", "profileId": made.id}


def nothing_made() -> bool:
    return not (rows(Business) or rows(Professional) or rows(Mail) or rows(Link) or len(rows(User)) > 1)


def test_a_category_that_is_gone_is_refused_and_can_be_named_anew(boss: Context) -> None:
    category = records.create(Category, {"name": "Cafés", "type": "BUSINESS"}, boss)
    asked = apply(BUSINESS, category_id=category.id)
    records.delete(Category, category.id, boss)
    with pytest.raises(Invalid) as refusal:
        approval.approve(asked.id, {}, boss)
    assert list(refusal.value.fields) == ["categoryId"]
    assert category.id in refusal.value.fields["categoryId"]
    with pytest.raises(Invalid) as refusal:
        approval.approve(asked.id, {"category_id": "nobody"}, boss)
    assert list(refusal.value.fields) == ["categoryId"]
    assert nothing_made()
    assert row(RegistrationInquiry, asked.id).status == "PENDING"
    approval.approve(asked.id, {"category_id": None}, boss)
    assert rows(Business)[0].category_id is None


def test_what_cannot_be_an_account_is_named_by_the_applications_own_fields(boss: Context) -> None:
    asked = apply(BUSINESS, business_name=None, website="bee.example", email="no address")
    with pytest.raises(Invalid) as refusal:
        approval.approve(asked.id, {}, boss)
    assert set(refusal.value.fields) == {"businessName", "website", "email"}
    assert nothing_made()


@pytest.mark.parametrize("written", ["ann@example.org", "Ann@example.org"])
def test_an_account_that_is_there_already_is_explained(boss: Context, written: str) -> None:
    asked = apply(BUSINESS)
    other: Any = records.create(User, {"email": written, "is_active": False}, boss)
    with pytest.raises(Conflict) as refusal:
        approval.approve(asked.id, {}, boss)
    assert refusal.value.code == "account-exists"
    assert "disabled: BUSINESS_ADMIN, with no profile" in refusal.value.detail
    assert refusal.value.extra["account"]["userId"] == other.id
    records.create(Business, {"name": "Old", "admin_id": other.id}, boss)
    with pytest.raises(Conflict, match="one of the businesses"):
        approval.approve(asked.id, {}, boss)
    assert row(RegistrationInquiry, asked.id).status == "PENDING"
    assert rows(Mail) == []


def test_a_slug_that_is_taken_is_refused_when_asked_for_and_avoided_when_not(boss: Context) -> None:
    approval.approve(apply(BUSINESS).id, {}, boss)
    second = apply(BUSINESS, email="second@example.org")
    with pytest.raises(Conflict) as refusal:
        approval.approve(second.id, {"slug": "cafe-bee"}, boss)
    assert refusal.value.code == "taken"
    approval.approve(second.id, {}, boss)
    assert sorted(made.slug for made in rows(Business)) == ["cafe-bee", "cafe-bee-2"]


def test_a_preview_shows_what_would_be_made_and_makes_nothing(boss: Context) -> None:
    asked = apply(PROFESSIONAL)
    told = approval.preview(asked.id)
    assert told["user"] == {
        "email": "bo@example.org", "name": "Dr. Bo Lee", "role": "PROFESSIONAL_ADMIN", "isActive": True,
    }  # fmt: skip
    assert (told["resource"], told["profile"]["slug"], told["errors"], told["conflict"]) == (
        "professionals",
        "bo-lee",
        [],
        None,
    )
    assert nothing_made()
    records.create(User, {"email": "BO@example.org"}, boss)
    assert approval.preview(asked.id)["conflict"]["code"] == "account-exists"
    poor = apply(BUSINESS, business_name=None)
    assert [fault["field"] for fault in approval.preview(poor.id)["errors"]] == ["businessName"]
    with pytest.raises(NotFound):
        approval.preview("nobody")


def test_an_approved_application_of_the_old_platform_still_gets_its_account(boss: Context) -> None:
    asked = apply(BUSINESS, status="APPROVED")
    done: Any = approval.approve(asked.id, {}, boss)
    assert done.status == "COMPLETED"
