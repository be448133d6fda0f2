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
