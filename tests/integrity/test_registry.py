"""Rules of strangers: found by entry point, run apart, and contained whatever they do."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.changes import Context
from digisence.errors import Conflict, Invalid
from digisence.extensions import db
from digisence.integrity import catalogue, choices, registry, runner, runs
from digisence.models import Finding

from .conftest import business, healthy, save

ADMIN = Context("user:root")
HEAD = "from digisence.integrity.rule import rule\n"
RULE = HEAD + (
    "@rule('{name}', api=1, resource='businesses', severity='low', title='A title', grace='1h', remedy='report')\n"
    "def find(q):\n    {body}\n"
)
ALL = "return q.select(q.businesses.id)"

Put = Callable[..., None]
Tuned = Callable[..., Flask]


def run(**options: Any) -> dict[str, Any]:
    """A run, here and now."""
    done = runner.execute(str(runs.create(ADMIN, **options)))
    assert done is not None
    db.session.rollback()
    return done


def told(check_id: str) -> dict[str, Any]:
    """A check as the contract shows it."""
    return catalogue.to_json(catalogue.read(check_id))


EXAMPLE = """
import os
from digisence.integrity.rule import rule
print("noise on stdout")

@rule("business-without-category", api=1, resource="businesses", severity="low",
      title="Business without a category", grace="72h", remedy="report")
def uncategorised(q):
    return q.select(q.businesses.id).where(q.businesses.category_id.is_(None), q.businesses.name != "100% :x")

@uncategorised.explain
def why(record):
    secrets = sorted(key for key in os.environ if "DIGISENCE" in key or "URL" in key)
    return f"{record.name} of {record.created_at.year} appears in no category page {secrets}"
"""


def test_the_example_of_the_contract_works(distribution: Put, tuned: Tuned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "a secret")
    monkeypatch.setenv("DIGISENCE_SECRET_KEY", "x" * 40)
    distribution("acme-rules", EXAMPLE, "2.1")
    tuned(rule_timeout=20)
    healthy(2)
    save(business("colon", None, slug=None), business("fresh", None, at=None))
    done = run()
    assert done["state"] == "failed"
    check = told("acme-rules.business-without-category")
    assert (check["mode"], check["health"], check["grace"]) == ("observe", "ok", "3d")
    assert check["origin"] == {"distribution": "acme-rules", "version": "2.1"}
    mine = select(Finding).where(Finding.check_id == check["id"]).order_by(Finding.record_id)
    found = {finding.record_id: finding.explanation for finding in db.session.scalars(mine)}
    assert sorted(found) == ["b0000", "b0001", "colon"]
    assert found["b0000"].startswith("Business b0000 of ")
    assert found["b0000"].endswith("appears in no category page []")


EXPECTED = {
    "no-load.core": "no licence",
    "old-api.core": "rule API 2",
    "hangs-loading.core": "longer than 4 s",
    "raises.r": "division by zero",
    "exits.r": "code 9",
    "other-keys.r": "primary key of businesses",
    "many-keys.r": "more than 5 keys",
    "writes.r": "application context",
    "slow.r": "longer than 4 s",
}


def test_a_strangers_mistakes_are_red_checks_and_the_others_run_on(
    distribution: Put, tuned: Tuned, engine_name: str
) -> None:
    slow = (
        "q.func.pg_sleep(60).is_(None)"
        if engine_name == "postgresql"
        else "q.businesses.id.in_(text('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n'))"
    )
    distribution("no-load", "raise RuntimeError('no licence')")
    distribution("old-api", RULE.format(name="r", body=ALL).replace("api=1", "api=2"))
    distribution("hangs-loading", "import time; time.sleep(600)")
    distribution("raises", RULE.format(name="r", body="return 1 / 0"))
    distribution("exits", RULE.format(name="r", body="import os; os._exit(9)"))
    distribution("other-keys", RULE.format(name="r", body="return q.select(q.users.id)"))
    distribution("many-keys", RULE.format(name="r", body=ALL))
    distribution(
        "writes", RULE.format(name="r", body="from digisence.extensions import db; db.session.execute('DELETE')")
    )
    distribution(
        "slow", "from sqlalchemy import text\n" + RULE.format(name="r", body=f"return {ALL[7:]}.where({slow})")
    )
    tuned(rule_timeout=4, rule_keys=5)
    healthy(6)
    save(business("unled", None))
    done = run(repair=True)
    assert (done["state"], done["success"]) == ("errored", False)
    assert (
        "unled"
        in next(check for check in done["integrityChecks"] if check["type"] == "missing_business")["affectedRecords"]
    )
    details = {check.id: check.health_detail for check in catalogue.listed() if check.health == "broken"}
    assert details.keys() == EXPECTED.keys()
    assert [key for key, part in EXPECTED.items() if part not in details[key]] == []
    with pytest.raises(Conflict):
        choices.change("no-load.core", {"mode": "act"}, ADMIN)
    assert choices.change("no-load.core", {"mode": "off"}, ADMIN).mode == "off"


def test_two_rules_of_one_id_are_both_refused(distribution: Put, tuned: Tuned, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned(rule_timeout=20)
    distribution("twin", RULE.format(name="r", body=ALL))
    first = registry.sources()
    double = [*first, *(source for source in first if source.distribution == "twin")]
    monkeypatch.setattr(registry, "_read_metadata", lambda: (double, {}))
    found = registry.survey(20)
    assert "twin.r" not in found.rules
    assert "both are refused" in found.broken["twin.r"][1]


def test_settings_are_checked_by_the_rules_own_schema(distribution: Put, tuned: Tuned) -> None:
    source = "from pydantic import BaseModel, ConfigDict, Field\n" + RULE.format(
        name="r", body="return q.select(q.businesses.id).where(q.businesses.name == q.settings.name)"
    ).replace("remedy=", "settings=Wanted, remedy=").replace(
        "@rule", "class Wanted(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    name: str = Field('Business b0001', max_length=30)\n@rule"
    )  # fmt: skip
    distribution("picky", source)
    tuned(rule_timeout=20)
    healthy(3)
    run()
    assert told("picky.r")["settings"] == {"name": "Business b0001"}
    for wrong in ({"name": 3}, {"nam": "x"}, {"name": "x" * 31}):
        with pytest.raises(Invalid):
            choices.change("picky.r", {"settings": wrong}, ADMIN)
    choices.change("picky.r", {"settings": {"name": "Business b0002"}}, ADMIN)
    run()
    states = dict(
        db.session.execute(select(Finding.record_id, Finding.state).where(Finding.check_id == "picky.r")).all()
    )
    assert states == {"b0001": "healed", "b0002": "open"}


def test_what_is_gone_is_red_until_it_is_set_off(
    distribution: Put, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution("passing", RULE.format(name="r", body=ALL))
    tuned(rule_timeout=20)
    healthy(1)
    run()
    sources = [source for source in registry.sources() if source.distribution != "passing"]
    monkeypatch.setattr(registry, "_read_metadata", lambda: (sources, {}))
    gone = run()
    assert (gone["state"], told("passing.r")["healthDetail"]) == ("errored", catalogue.GONE)
    assert db.session.scalar(select(Finding.state).where(Finding.check_id == "passing.r")) == "open"
    choices.change("passing.r", {"mode": "off"}, ADMIN)
    assert run()["state"] == "passed"


def test_a_product_whose_metadata_is_missing_does_not_pass(tuned: Tuned, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned()
    monkeypatch.setattr(registry, "_read_metadata", lambda: ([], {}))
    done = run()
    assert (done["state"], done["success"]) == ("errored", False)
    assert "not installed" in done["errors"][0]
