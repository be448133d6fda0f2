"""The review of applications over HTTP: what each step does, what it refuses, who is told."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from digisence.extensions import db
from digisence.mail import envelope
from digisence.models import Change, Mail
from tests.blueprints.conftest import Caller
from tests.blueprints.test_intake import APPLICATION, LISTING
from tests.blueprints.test_resource import BODIES, made

NOBODY = "00000000-0000-7000-8000-000000000000"


def application(boss: Caller, **more: Any) -> str:
    """The id of a new application."""
    made = boss.post("registration-inquiries", {**APPLICATION, **more})
    assert made.status_code == 201, made.json
    return f"registration-inquiries/{made.json['id']}"


def listing(boss: Caller) -> str:
    """The id of a new request to be listed."""
    return f"business-listing-inquiries/{boss.post('business-listing-inquiries', LISTING).json['id']}"


def mails(app: Flask) -> list[tuple[str, str, dict[str, str]]]:
    with app.app_context():
        found = db.session.scalars(select(Mail).order_by(Mail.id))
        return [(mail.template, mail.recipient, envelope.unseal(mail.sealed or "")) for mail in found]


def code(reply: Any, status: int) -> str:
    assert reply.status_code == status, reply.json
    return str(reply.json["code"])


def test_an_application_from_hand_to_hand_to_its_account(app: Flask, boss: Caller, superadmin: str) -> None:
    path = application(boss)
    mine = boss.post(f"{path}/review")
    assert (mine.json["status"], mine.json["reviewedBy"], mine.json["reviewedAt"]) == ("UNDER_REVIEW", superadmin, None)
    second = boss.post("users", {"email": "second@example.org", "role": "SUPER_ADMIN"}).json["id"]
    given = boss.post(f"{path}/assign", {"reviewer": second}, If_Match=mine.headers["ETag"])
    assert (given.json["status"], given.json["reviewedBy"]) == ("UNDER_REVIEW", second)
    plain = boss.post("users", {"email": "plain@example.org"}).json["id"]
    for nobody in (plain, NOBODY):
        refused = boss.post(f"{path}/assign", {"reviewer": nobody})
        assert code(refused, 422) == "invalid"
        assert refused.json["errors"][0]["field"] == "reviewer"
    stale = boss.post(f"{path}/approve", {}, If_Match=mine.headers["ETag"])
    assert code(stale, 412) == "precondition-failed"
    assert stale.json["current"]["reviewedBy"] == second
    preview = boss.get(f"{path}/preview").json
    assert (preview["resource"], preview["profile"]["name"], preview["conflict"]) == ("businesses", "Bee", None)
    done = boss.post(f"{path}/approve", {"businessName": "Bee & Co", "isActive": False}, If_Match=given.headers["ETag"])
    assert done.status_code == 200
    assert (done.json["status"], done.json["reviewedBy"], done.headers["ETag"]) == ("COMPLETED", superadmin, '"4"')
    assert done.json["reviewedAt"] is not None
    [made] = boss.get("businesses").json["items"]
    assert (made["name"], made["slug"], made["isActive"], made["email"]) == (
        "Bee & Co",
        "bee-co",
        False,
        "ann@example.org",
    )
    [(template, to, values)] = mails(app)
    assert (template, to, set(values)) == ("set-password", "ann@example.org", {"name", "link"})
    for step, body in (
        ("approve", {}),
        ("reject", {"reason": "late"}),
        ("review", None),
        ("assign", {"reviewer": second}),
    ):
        again = boss.post(f"{path}/{step}", body)
        assert code(again, 409) == "state"
        assert "COMPLETED" in again.json["detail"]


def test_the_link_in_the_mail_opens_the_account_once(app: Flask, boss: Caller) -> None:
    boss.post(f"{application(boss)}/approve")
    token = mails(app)[0][2]["link"].partition("#")[2]
    body = {"token": token, "password": "four brown cows sit"}
    browser = app.test_client()
    assert browser.post("/api/auth/set-password", json=body).status_code in (200, 204)
    assert browser.post("/api/auth/set-password", json=body).status_code == 410


def test_a_rejection_is_mailed_with_its_reason_and_can_be_taken_back(app: Flask, boss: Caller, superadmin: str) -> None:
    path = application(boss, adminNotes="Called on Monday.")
    assert code(boss.post(f"{path}/reject", {"reason": " "}), 422) == "invalid"
    assert code(boss.post(f"{path}/reject"), 422) == "invalid"
    done = boss.post(f"{path}/reject", {"reason": "The address\nis unknown."}).json
    assert (done["status"], done["reviewedBy"], done["version"]) == ("REJECTED", superadmin, 2)
    assert done["adminNotes"] == "Called on Monday.\n\nThe address\nis unknown."
    assert mails(app) == [("rejected", "ann@example.org", {"name": "Ann Lee", "reason": "The address\nis unknown."})]
    assert code(boss.post(f"{path}/approve"), 409) == "state"
    again = boss.post(f"{path}/reopen").json
    assert (again["status"], again["reviewedBy"], again["reviewedRef"], again["reviewedAt"]) == (
        "PENDING",
        None,
        None,
        None,
    )
    assert boss.post(f"{path}/approve").json["status"] == "COMPLETED"
    reopened = boss.post(f"{path}/reopen")
    assert reopened.json["status"] == "PENDING"
    refused = boss.post(f"{path}/approve")
    assert code(refused, 409) == "account-exists"
    assert refused.json["account"]["role"] == "BUSINESS_ADMIN"


def test_no_edit_claims_a_decision(boss: Caller, superadmin: str) -> None:
    path = application(boss)
    for values in (
        {"status": "COMPLETED"},
        {"status": "APPROVED"},
        {"status": "REJECTED"},
        {"reviewedAt": "2026-01-01T00:00:00Z"},
    ):
        refused = boss.patch(path, values)
        assert code(refused, 409) == "decision"
        assert [fault["field"] for fault in refused.json["errors"]] == list(values)
    kept = boss.patch(path, {"status": "UNDER_REVIEW", "reviewedBy": superadmin, "adminNotes": "x", "phone": "1"})
    assert (kept.status_code, kept.json["status"], kept.json["adminNotes"]) == (200, "UNDER_REVIEW", "x")
    decided = boss.post(f"{path}/reject", {"reason": "No."}).json
    for values in ({"status": "PENDING"}, {"reviewedBy": None}, {"reviewedAt": None}):
        assert code(boss.patch(path, values), 409) == "decision"
    same = boss.patch(path, {"status": "REJECTED", "reviewedAt": decided["reviewedAt"], "phone": "2"})
    assert (same.status_code, same.json["phone"]) == (200, "2")
    assert code(boss.patch(listing(boss), {"status": "APPROVED"}), 409) == "decision"


def test_a_listing_request_is_approved_completed_and_told(app: Flask, boss: Caller, superadmin: str) -> None:
    path = listing(boss)
    mine = boss.post(f"{path}/review").json
    assert (mine["status"], mine["assignedTo"]) == ("UNDER_REVIEW", superadmin)
    assert code(boss.post(f"{path}/complete"), 409) == "state"
    assert boss.post(f"{path}/approve").json["status"] == "APPROVED"
    assert mails(app) == [("approved", "ann@example.org", {"name": "Ann", "subject": "Bee"})]
    assert boss.post(f"{path}/complete").json["status"] == "COMPLETED"
    assert boss.post(f"{path}/reopen").json["status"] == "PENDING"
    rejected = boss.post(f"{path}/reject", {"reason": "Not ours."}).json
    assert (rejected["status"], rejected["notes"], rejected["assignedTo"]) == ("REJECTED", "Not ours.", superadmin)
    assert [template for template, _, _ in mails(app)] == ["approved", "rejected"]
    assert boss.get("businesses").json["total"] == 0


def test_strange_bodies_and_ids(boss: Caller) -> None:
    path = application(boss)
    for step in ("approve", "review", "reopen"):
        assert code(boss.post(f"registration-inquiries/{NOBODY}/{step}"), 404) == "not-found"
    assert code(boss.get(f"registration-inquiries/{NOBODY}/preview"), 404) == "not-found"
    for step, body in (
        ("approve", {"status": "x"}),
        ("approve", {"adminId": "x"}),
        ("review", {"x": 1}),
        ("assign", {}),
    ):
        assert code(boss.post(f"{path}/{step}", body), 422) == "invalid"
    assert code(boss.post(f"{path}/approve", [1]), 422) == "invalid"
    assert code(boss("POST", f"{path}/approve?x=1"), 422) == "invalid"


def test_a_mail_that_failed_is_shown_and_sent_again_on_demand(app: Flask, boss: Caller) -> None:
    boss.post(f"{application(boss)}/reject", {"reason": "No."})
    [item] = boss.get("mails").json["items"]
    assert (item["template"], item["to"], item["state"], item["tries"], item["resource"]) == (
        "rejected", "ann@example.org", "waiting", 0, "registration-inquiries",
    )  # fmt: skip
    assert "No." not in str(item)
    set_mail(app, item["id"], state="failed", tries=8, error="550 no such user")
    assert boss.get("mails?state=failed").json["total"] == 1
    again = boss.post(f"mails/{item['id']}/retry")
    assert (again.status_code, again.json["state"], again.json["tries"]) == (200, "waiting", 0)
    with app.app_context():
        events = db.session.scalars(select(Change).where(Change.resource == "mails"))
        assert [(event.action, event.after["was"]) for event in events] == [("mail-retried", "failed")]
    for state, sealed, refusal in (("sent", None, "sent"), ("failed", None, "expired"), ("sending", "x", "under-way")):
        set_mail(app, item["id"], state=state, sealed=sealed)
        assert code(boss.post(f"mails/{item['id']}/retry"), 409) == refusal
    assert boss.get(f"mails/{item['id']}").json["state"] == "sending"
    for path in (f"mails/{NOBODY}", f"mails/{NOBODY}/retry"):
        assert code(boss("GET" if path == f"mails/{NOBODY}" else "POST", path), 404) == "not-found"
    for wrong in ("state=x", "template=x", "x=1", "page=0", "limit=501"):
        assert code(boss.get(f"mails?{wrong}"), 422) == "invalid"


def set_mail(app: Flask, mail_id: str, **values: Any) -> None:
    """As the sender would have left it."""
    from sqlalchemy import update

    from digisence.changes import Context, unit_of_work

    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def test_nothing_begins_decided_nor_with_somebody_who_may_not(boss: Caller, superadmin: str) -> None:
    other = made(boss, "users", email="b@example.org")["id"]
    for resource, name in (("registration-inquiries", "reviewedBy"), ("business-listing-inquiries", "assignedTo")):
        body = BODIES[resource]
        assert code(boss.post(resource, {**body, "status": "APPROVED"}), 409) == "decision"
        for reply in (boss.post(resource, {**body, name: other}), boss.patch(address(boss, resource), {name: other})):
            assert code(reply, 422) == "invalid"
            assert [fault["field"] for fault in reply.json["errors"]] == [name]
        begun = boss.post(resource, {**body, "status": "UNDER_REVIEW", name: superadmin})
        assert (begun.status_code, begun.json[name]) == (201, superadmin)
        path = f"{resource}/{begun.json['id']}"
        results = boss.post(f"{resource}/bulk", {"action": "set", "ids": [begun.json["id"]], "values": {name: other}})
        assert results.json["failed"][0]["code"] == "invalid"
        assert boss.patch(path, {name: superadmin, "phone": "1"}).status_code == 200


def address(boss: Caller, resource: str) -> str:
    return f"{resource}/{made(boss, resource)['id']}"
