"""What authors may declare, and what they are told when they may not."""

from datetime import timedelta
from typing import Any

import pytest

from digisence.clock import utcnow
from digisence.integrity.query import Query
from digisence.integrity.rule import RuleError, rule

GOOD: dict[str, Any] = {"api": 1, "resource": "businesses", "severity": "low", "title": "A title"}


def test_a_declared_rule_carries_what_was_said() -> None:
    declared = rule("no-website", **GOOD, grace="72h", remedy="deactivate", warn_if=1, error_if=10)(
        lambda q: q.select(q.businesses.id)
    )
    assert (declared.name, declared.grace, declared.remedy) == ("no-website", timedelta(hours=72), "deactivate")
    assert declared.why(object()) == "A title"


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("No Website", {}, "lower-case"),
        ("x", {"api": 2}, "rule API 2"),
        ("x", {"resource": "shops"}, "there is no resource 'shops'"),
        ("x", {"severity": "fatal"}, "low, medium, high"),
        ("x", {"remedy": "delete"}, "report, relink, deactivate, quarantine"),
        ("x", {"resource": "categories", "remedy": "relink"}, "no admin to relink"),
        ("x", {"resource": "inquiries", "remedy": "deactivate"}, "cannot be deactivated"),
        ("x", {"title": " "}, "needs a title"),
        ("x", {"grace": "soon"}, "90s, 15m, 24h or 7d"),
        ("x", {"grace": "24856d"}, "no longer than 24855d"),
        ("x", {"grace": "1000000000000d"}, "no longer than 24855d"),
        ("x", {"grace": timedelta(seconds=-1)}, "no shorter than 0s"),
        ("x", {"warn_if": 0}, "from 1 on"),
        ("x", {"settings": dict}, "pydantic"),
    ],
)
def test_what_cannot_work_is_refused_with_the_cure(name: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        rule(name, **{**GOOD, **changes})


def test_a_rule_sees_no_secret_and_nothing_that_writes() -> None:
    q = Query(utcnow())
    with pytest.raises(AttributeError, match="have no column 'password_hash'"):
        _ = q.users.password_hash
    with pytest.raises(AttributeError, match="there is no resource 'sessions'"):
        _ = q.sessions
    for verb in ("insert", "update", "delete"):
        with pytest.raises(AttributeError):
            getattr(q.users, verb)


def test_a_remedy_wants_the_columns_it_writes_and_no_others() -> None:
    for resource, remedy in (
        ("businesses", "relink"),
        ("professionals", "relink"),
        ("users", "deactivate"),
        ("inquiries", "report"),
    ):
        declared = rule("x", **{**GOOD, "resource": resource, "remedy": remedy})(lambda q: q.users.id)
        assert (declared.resource, declared.remedy) == (resource, remedy)
    with pytest.raises(RuleError, match="users have no admin to relink"):
        rule("x", **{**GOOD, "resource": "users", "remedy": "relink"})


def test_a_grace_may_be_nothing_and_as_long_as_a_database_holds() -> None:
    for grace, seconds in (("0s", 0), (timedelta(seconds=2**31 - 1), 2**31 - 1)):
        assert rule("x", **GOOD, grace=grace)(lambda q: q.users.id).grace == timedelta(seconds=seconds)
    for grace in (timedelta(seconds=2**31), "-1s"):
        with pytest.raises(RuleError):
            rule("x", **GOOD, grace=grace)
    with pytest.raises(RuleError, match="pydantic"):
        rule("x", **GOOD, settings={"days": 1})


def test_a_rule_is_asked_and_explains() -> None:
    declared = rule("x", **GOOD)(lambda q: q.businesses.id)
    assert declared(Query(utcnow())).name == "id"

    @declared.explain
    def why(record: Any) -> str:
        return f"because of {record}"

    assert (declared.explanation, why("x")) == (why, "because of x")


def test_what_a_query_offers() -> None:
    now = utcnow()
    q = Query(now)
    assert (q.now, q.settings, q.ago(days=2)) == (now, None, now - timedelta(days=2))
    again = q.alias("registration-inquiries", "again")
    assert str(q.select(again.id)) == "SELECT again.id \nFROM registration_inquiries AS again"
    assert q.registration_inquiries.id.table is q.registration_inquiries.status.table
    asked = q.select(q.users.id).where(q.exists(q.businesses.admin_id == q.users.id, q.businesses.is_active))
    told = " ".join(str(asked).split())
    assert (
        "EXISTS (SELECT 1 FROM businesses AS businesses WHERE businesses.admin_id = users.id AND businesses.is_active)"
        in told
    )
    for hidden in ("_names", "__wrapped__"):
        with pytest.raises(AttributeError):
            getattr(q, hidden)
