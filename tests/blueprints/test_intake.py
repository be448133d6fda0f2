"""The public forms: what strangers may send, how much of it, and what they learn (nothing)."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from sqlalchemy import select

from digisence import records
from digisence.changes import Context
from digisence.extensions import db, metrics
from digisence.models import Business, Change, Inquiry, Mail, RegistrationInquiry, User
from tests.blueprints.conftest import Caller, MakeApp

ME = Context("system:test")
APPLICATION = {
    "type": "BUSINESS", "name": "Ann Lee", "email": "ann@example.org", "businessName": "Bee", "termsAccepted": True,
}  # fmt: skip
LISTING = {"businessName": "Bee", "contactName": "Ann", "email": "ann@example.org", "requirements": "A page"}
FORMS = {"registration-inquiries": APPLICATION, "business-listing-inquiries": LISTING}
AMPLE = "1000 per minute"


@pytest.fixture
def make(make_app: MakeApp) -> Iterator[MakeApp]:
    """As `make_app`; at the end nobody is publishing any more."""
    made: list[Flask] = []

    def one(**overrides: Any) -> Flask:
        made.append(make_app(**overrides))
        return made[-1]

    yield one
    for app in made:
        if drainer := app.extensions.get("digisence_drainer"):
            drainer.nudge(patience=30)


@pytest.fixture
def open_app(make: MakeApp) -> Iterator[Flask]:
    """The app with room for many forms, in context."""
    app = make(intake_limit=AMPLE)
    with app.app_context():
        yield app


@pytest.fixture
def stranger(open_app: Flask) -> FlaskClient:
    """Somebody without an account."""
    return open_app.test_client()


def rows(model: Any) -> list[Any]:
    db.session.rollback()
    found = list(db.session.scalars(select(model).execution_options(populate_existing=True)))
    db.session.rollback()
    return found


def faults(reply: Any) -> dict[str, str]:
    assert reply.status_code == 422, reply.json
    return {fault["field"]: fault["message"] for fault in reply.json["errors"]}


@pytest.mark.parametrize("form", FORMS)
def test_an_application_is_stored_and_confirmed(stranger: FlaskClient, form: str) -> None:
    reply = stranger.post(f"/api/{form}", json=FORMS[form], environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert reply.status_code == 201
    assert list(reply.json) == ["id"]
    [mail] = rows(Mail)
    assert (mail.template, mail.recipient, mail.resource, mail.record_id) == (
        "received",
        "ann@example.org",
        form,
        reply.json["id"],
    )
    [told] = [change for change in rows(Change) if change.resource == form]
    assert (told.record_id, told.action, told.actor, told.address) == (
        reply.json["id"],
        "created",
        "system:intake",
        "203.0.113.7",
    )
    assert told.after["status"] == "PENDING"


def test_terms_are_accepted_at_a_time_of_ours(stranger: FlaskClient) -> None:
    refused = faults(stranger.post("/api/registration-inquiries", json={**APPLICATION, "termsAccepted": False}))
    assert refused == {"termsAccepted": "must be true"}
    missing = {key: value for key, value in APPLICATION.items() if key != "termsAccepted"}
    assert list(faults(stranger.post("/api/registration-inquiries", json=missing))) == ["termsAccepted"]
    stranger.post("/api/registration-inquiries", json=APPLICATION)
    [asked] = rows(RegistrationInquiry)
    assert asked.terms_accepted
    assert asked.terms_accepted_at is not None


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("registration-inquiries", "status", "COMPLETED"), ("registration-inquiries", "reviewedBy", "u1"),
        ("registration-inquiries", "adminNotes", "x"), ("registration-inquiries", "termsAcceptedAt", "2020-01-01T00:00:00Z"),
        ("registration-inquiries", "password", "three grey horses"), ("registration-inquiries", "id", "mine"),
        ("business-listing-inquiries", "status", "APPROVED"), ("business-listing-inquiries", "assignedTo", "u1"),
        ("business-listing-inquiries", "notes", "x"), ("inquiries", "status", "CLOSED"), ("inquiries", "userId", "u1"),
    ],
)  # fmt: skip
def test_no_applicant_decides_about_themself(stranger: FlaskClient, form: str, field: str, value: str) -> None:
    assert field in faults(stranger.post(f"/api/{form}", json={**FORMS.get(form, {}), field: value}))
    assert rows(RegistrationInquiry) == []


def test_every_field_at_fault_is_named(stranger: FlaskClient) -> None:
    bad = {"type": "SHOP", "name": "A", "email": "nobody", "website": "bee", "termsAccepted": True}
    assert set(faults(stranger.post("/api/registration-inquiries", json=bad))) == {"type", "name", "email", "website"}
    foreign = {**APPLICATION, "profession": "Cook", "businessName": ""}
    assert set(faults(stranger.post("/api/registration-inquiries", json=foreign))) == {"profession", "businessName"}
    gone = {**APPLICATION, "categoryId": "nobody"}
    assert set(faults(stranger.post("/api/registration-inquiries", json=gone))) == {"categoryId"}
    unmailable = {**APPLICATION, "email": '"a\\"b"@example.org'}
    assert stranger.post("/api/registration-inquiries", json=unmailable).status_code in (201, 422)
    assert set(faults(stranger.post("/api/inquiries?x=1", json={}))) == {"x"}


@pytest.mark.parametrize("form", FORMS)
def test_a_second_application_is_told_and_an_account_is_not(stranger: FlaskClient, form: str) -> None:
    records.create(User, {"email": "ann@example.org"}, ME)
    assert stranger.post(f"/api/{form}", json=FORMS[form]).status_code == 201  # as if there were no account
    again = stranger.post(f"/api/{form}", json={**FORMS[form], "email": "ANN@example.org"})
    assert (again.status_code, again.json["code"]) == (409, "already-pending")
    assert "account" not in again.json["detail"]
    assert len(rows(Mail)) == 1
    if form == "registration-inquiries":
        other = {**APPLICATION, "type": "PROFESSIONAL", "businessName": None}
        assert stranger.post(f"/api/{form}", json=other).status_code == 201


def test_who_fills_in_the_hidden_field_is_thanked_and_forgotten(stranger: FlaskClient) -> None:
    reply = stranger.post("/api/registration-inquiries", json={**APPLICATION, "companyFax": "1"})
    assert (reply.status_code, list(reply.json)) == (201, ["id"])
    assert rows(RegistrationInquiry) == rows(Mail) == []
    counted = generate_latest(metrics.registry).decode()
    assert 'digisence_intake_total{outcome="trapped",resource="registration-inquiries"} 1.0' in counted
    assert stranger.post("/api/registration-inquiries", json={**APPLICATION, "companyFax": ""}).status_code == 201


def test_too_much_is_refused_by_size_and_by_number(make: MakeApp, open_app: Flask, stranger: FlaskClient) -> None:
    large = stranger.post("/api/inquiries", json={"message": "x" * 70_000})
    assert (large.status_code, large.json["code"]) == (413, "too-large")
    narrow = make(intake_limit="2 per minute").test_client()
    for form in ("registration-inquiries", "business-listing-inquiries"):  # one count for all forms
        assert narrow.post(f"/api/{form}", json=FORMS[form]).status_code == 201
    refused = narrow.post("/api/inquiries", json={})
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61  # a part of a second is rounded up
    elsewhere = narrow.post("/api/inquiries", json={}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 422


def test_an_inquiry_goes_to_exactly_one_that_is_there_and_active(stranger: FlaskClient) -> None:
    admin = records.create(User, {"email": "bee@example.org"}, ME)
    bee: Any = records.create(Business, {"name": "Bee", "admin_id": admin.id}, ME)
    message = {"name": "Vi", "email": "vi@example.org", "message": "Hello"}
    reply = stranger.post("/api/inquiries", json={**message, "businessId": bee.id})
    assert reply.status_code == 201
    [asked] = rows(Inquiry)
    assert (asked.id, asked.business_id, asked.status) == (reply.json["id"], bee.id, "NEW")
    assert set(faults(stranger.post("/api/inquiries", json=message))) == {"businessId", "professionalId"}
    both = {**message, "businessId": bee.id, "professionalId": "p1"}
    assert set(faults(stranger.post("/api/inquiries", json=both))) == {"businessId", "professionalId"}
    absent = faults(stranger.post("/api/inquiries", json={**message, "professionalId": "nobody"}))
    assert absent == {"professionalId": "cannot be written to"}
    records.update(Business, bee.id, {"is_active": False}, ME)
    assert faults(stranger.post("/api/inquiries", json={**message, "businessId": bee.id})) == {
        "businessId": "cannot be written to"
    }
    assert len(rows(Inquiry)) == 1


def test_nothing_can_be_read_or_changed_without_signing_in(stranger: FlaskClient) -> None:
    record_id = stranger.post("/api/registration-inquiries", json=APPLICATION).json["id"]
    for form in (*FORMS, "inquiries"):
        assert stranger.get(f"/api/{form}").status_code == 405
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert stranger.open(f"/api/{form}/{record_id}", method=method).status_code in (404, 405)
    for step in ("approve", "reject", "reopen", "assign", "review", "preview"):
        path = f"/api/admin/registration-inquiries/{record_id}/{step}"
        assert stranger.open(path, method="GET" if step == "preview" else "POST").status_code == 401
    for path in ("/api/notifications", "/api/debug", "/api/test-smtp", "/api/auth/register/business"):
        assert stranger.post(path, json={}).status_code == 404


def test_other_sites_send_forms_only_where_the_settings_name_them(make: MakeApp) -> None:
    headers = {"Origin": "https://bee.example", "Access-Control-Request-Method": "POST"}
    closed = make().test_client().options("/api/inquiries", headers=headers)
    assert "Access-Control-Allow-Origin" not in closed.headers
    named = make(intake_origins="https://bee.example, https://other.example").test_client()
    allowed = named.options("/api/inquiries", headers=headers)
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://bee.example"
    assert allowed.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert (
        "Access-Control-Allow-Origin"
        not in named.options("/api/inquiries", headers={"Origin": "https://evil.example"}).headers
    )
    refused = make(intake_origins="*").test_client().post("/api/inquiries", json={}, headers=headers)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (422, "*")
    elsewhere = named.options("/api/admin/users", headers=headers)
    assert "Access-Control-Allow-Origin" not in elsewhere.headers


def test_a_page_of_applications_is_there_for_the_superadmin(boss: Caller) -> None:
    boss.client.post("/api/registration-inquiries", json=APPLICATION)
    assert boss.get("registration-inquiries?status=PENDING").json["total"] == 1
