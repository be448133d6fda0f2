"""What our own rules find beyond the old platform's three: each on healthy, broken and fresh records, on both engines."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.integrity import catalogue, runner, runs
from digisence.models import BusinessListingInquiry, Category, Finding, Inquiry, RegistrationInquiry, Session, User
from digisence.models.user import BUSINESS_ADMIN, PROFESSIONAL_ADMIN, SUPER_ADMIN
from tests.outsider import write as outside

from .conftest import OLD, business, professional, save, user

ADMIN = Context("user:root")
pytestmark = pytest.mark.usefixtures("inside")


def old(model: type[Any], identity: str, at: Any = OLD, **values: Any) -> Any:
    """A record, ninety days old unless told otherwise."""
    return model(id=identity, created_at=at, updated_at=at, **values)


def category(identity: str, **values: Any) -> Any:
    return old(Category, identity, **{"name": f"Category {identity}", "slug": identity, **values})


def listing(identity: str, **values: Any) -> Any:
    given = {"business_name": "Bee", "contact_name": "Ann", "email": "a@example.org", "requirements": "to be listed"}
    return old(BusinessListingInquiry, identity, **given, **values)


def application(identity: str, **values: Any) -> Any:
    given = {"type": "BUSINESS", "name": "Ann", "email": "a@example.org"}
    return old(RegistrationInquiry, identity, **given, **values)


def inquiry(identity: str, **values: Any) -> Any:
    return old(Inquiry, identity, name="Ann", email="a@example.org", message="Hello", **values)


@dataclass(frozen=True)
class Case:
    """What a rule finds, and how it says so, in a directory where everything else is well."""

    broken: dict[str, str]
    severity: str
    records: list[Any] = field(default_factory=list)


FRESH = {"at": utcnow()}
GONE = {"category_ref": "gone"}


def cases() -> dict[str, Case]:
    """By rule: broken records beside healthy ones like them, and a fresh one that is broken too."""
    return {**of_users(), **of_categories(), **of_inquiries(), **of_slugs()}


def of_users() -> dict[str, Case]:
    return {
        "role_mismatch": Case(
            {"has-both-wrong": "PROFESSIONAL_ADMIN", "is-pro": "BUSINESS_ADMIN", "boss": "SUPER_ADMIN"}, "high",
            [
                user("has-both-wrong", PROFESSIONAL_ADMIN), user("is-pro", BUSINESS_ADMIN), user("boss", SUPER_ADMIN),
                user("new", PROFESSIONAL_ADMIN, **FRESH), user("right", BUSINESS_ADMIN), user("other", PROFESSIONAL_ADMIN),
                *(business(f"of-{name}", name) for name in ("has-both-wrong", "boss", "new", "right")),
                professional("of-is-pro", "is-pro"), professional("of-other", "other"),
            ],
        ),
        "two_profiles": Case(
            {"two": "reaches only one"}, "medium",
            [
                user("two"), user("new-two", **FRESH),
                *(business(f"b-{name}", name) for name in ("two", "new-two")),
                *(professional(f"p-{name}", name) for name in ("two", "new-two")),
            ],
        ),
    }  # fmt: skip


def of_categories() -> dict[str, Case]:
    return {
        "dangling_category": Case(
            {"lost": "the category gone, which does not exist"}, "medium",
            [
                category("here"), user("u2"), user("u3"), user("u4"), user("u5"),
                business("lost", "u2", **GONE), business("new-lost", "u3", **FRESH, **GONE),
                business("sorted", "u4", category_id="here"), business("emptied", "u5", category_ref="here"),
            ],
        ),
        "dangling_registration_category": Case(
            {"lost": "gone"}, "low", [application("lost", **GONE), application("new", **FRESH, **GONE), application("well")],
        ),
    }  # fmt: skip


def of_inquiries() -> dict[str, Case]:
    return {
        "dangling_assignee": Case(
            {"left": "assigned to nobody-now"}, "medium",
            [listing("left", assigned_ref="nobody-now"), listing("new", **FRESH, assigned_ref="nobody-now"), listing("well", assigned_to="u")],
        ),
        "dangling_reviewer": Case(
            {"left": "reviewed by nobody-now"}, "low",
            [application("left", reviewed_ref="nobody-now"), application("new", **FRESH, reviewed_ref="x"), application("well", reviewed_by="u")],
        ),
        "dangling_inquiry": Case(
            {"to-b": "wrote to the business gone", "to-p": "wrote to the professional gone"}, "medium",
            [
                inquiry("to-b", business_ref="gone"), inquiry("to-p", professional_ref="gone"),
                inquiry("new", **FRESH, business_ref="gone"), inquiry("well", business_id="b"), inquiry("well-p", professional_id="p"),
            ],
        ),
    }  # fmt: skip


def of_slugs() -> dict[str, Case]:
    return {
        "business_slug": Case(
            {"bare": "has no slug", "blank": "has no slug"}, "low",
            [
                user("u2"), user("u3"), user("u4"), business("bare", "u2", slug=None), business("blank", "u3", slug=""),
                business("new", "u4", slug=None, **FRESH),
            ],
        ),
        "professional_slug": Case(
            {"bare": "has no slug"}, "low",
            [user("u2", PROFESSIONAL_ADMIN), user("u3", PROFESSIONAL_ADMIN), professional("bare", "u2", slug=None), professional("new", "u3", slug=None, **FRESH)],
        ),
        "category_slug": Case(
            {"bare": "has no slug"}, "low", [category("bare", slug=None), category("new", slug=None, **FRESH), category("well")],
        ),
    }  # fmt: skip


def settle() -> None:
    """A user, a business, a professional and what they are called: all is well."""
    save(
        user("u"),
        user("pro", PROFESSIONAL_ADMIN),
        user("root", SUPER_ADMIN),
        business("b", "u"),
        professional("p", "pro"),
    )


def run() -> dict[str, Any]:
    done = runner.execute(str(runs.create(ADMIN)))
    assert done is not None
    db.session.rollback()
    return done


def found() -> dict[str, dict[str, str | None]]:
    """Explanations of open findings by check and record."""
    told: dict[str, dict[str, str | None]] = {}
    for finding in db.session.scalars(select(Finding).where(Finding.state == "open")):
        told.setdefault(finding.check_id.removeprefix("digisence."), {})[finding.record_id] = finding.explanation
    return told


def test_a_healthy_directory_breaks_none_of_them() -> None:
    settle()
    done = run()
    assert (done["state"], found()) == ("passed", {})
    checks = {check.id for check in catalogue.listed()}
    assert {f"digisence.{name}" for name in (*cases(), "email_case", "expired_sessions")} <= checks


@pytest.mark.parametrize("name", list(cases()))
def test_it_finds_the_broken_and_spares_the_healthy_and_the_fresh(name: str) -> None:
    case = cases()[name]
    settle()
    save(*case.records)
    done = run()
    told = found()
    assert told[name].keys() == case.broken.keys()
    assert [key for key, part in case.broken.items() if part not in str(told[name][key])] == []
    assert told.keys() <= {name, "orphaned_user"}
    check = catalogue.to_json(catalogue.read(f"digisence.{name}"))
    assert (check["severity"], check["mode"], check["remedy"], check["health"]) == (
        case.severity,
        "observe",
        "report",
        "ok",
    )
    warns = name.endswith("_slug")
    assert (done["state"], line(done, name)["state"]) == (("passed", "warning") if warns else ("failed", "failed"))


def line(done: dict[str, Any], name: str) -> dict[str, Any]:
    return next(line for line in done["counts"] if line["check"] == f"digisence.{name}")


def test_a_deleted_target_is_found_whoever_deleted_it(database: str) -> None:
    """PostgreSQL empties the reference; a stranger on SQLite leaves the id that names nobody."""
    settle()
    save(category("sorted"), user("v"), business("c", "v", category_id="sorted"), inquiry("i", business_id="b"))
    outside(
        database,
        "DELETE FROM categories WHERE id = 'sorted'", "DELETE FROM businesses WHERE id = 'b'",
        "UPDATE businesses SET updated_at = '2020-01-01 00:00:00.000'", "UPDATE inquiries SET updated_at = '2020-01-01 00:00:00.000'",
    )  # fmt: skip
    db.session.rollback()
    run()
    told = found()
    assert (list(told["dangling_category"]), list(told["dangling_inquiry"])) == (["c"], ["i"])


def test_emails_that_differ_only_by_case_are_found_in_pairs() -> None:
    settle()
    emails = {
        "plain": "ann@example.org", "capital": "Ann@example.org", "one": "BOB@example.org", "two": "Bob@Example.org",
        "alone": "Cid@example.org", "like": "ann_@example.org", "new": "RIGHT@example.org", "right": "right@example.org",
    }  # fmt: skip
    with unit_of_work(ADMIN) as session:
        for key, email in emails.items():
            at = utcnow() if key == "new" else OLD
            session.add(User(id=key, email=email, role=SUPER_ADMIN, created_at=at, updated_at=at))
    run()
    assert found() == {
        "email_case": {
            key: f"{emails[key]} is the e-mail of another user too, in another case: neither of them can sign in"
            for key in ("plain", "capital", "one", "two", "right")
        }
    }


def test_users_whose_expired_sessions_are_kept_are_found() -> None:
    settle()
    now = utcnow()
    with unit_of_work(ADMIN) as session:
        for key, days in (("u", -8), ("pro", -6), ("root", 3)):
            session.execute(
                insert(Session).values(id=key, user_id=key, created_at=OLD, expires_at=now + timedelta(days=days))
            )
    assert (run()["state"], list(found()["expired_sessions"])) == ("passed", ["u"])
