"""A rule that breaks the contract is told how; one that keeps it passes."""

from dataclasses import replace
from typing import Any

import pytest

from digisence.integrity.rule import Rule
from digisence.testing import RuleContract, Seed, Template, Trial
from digisence.testing.clauses import CLAUSES
from digisence.testing.contract import hold
from digisence.testing.offering import registered
from digisence.testing.trial import attempt
from tests.testing import faulty

FEW = 50  # sound businesses: enough for one to be found


def broken(seed: Seed) -> Any:
    return seed.business(website=None)


def healthy(seed: Seed) -> Any:
    return seed.business(website="https://shop.in")


def tried(template: Template, rule: Rule, **more: Any) -> Trial:
    with template.copy(FEW) as directory:
        return attempt(registered(rule), directory, broken=broken, healthy=healthy, **more)


def wrong(trial: Trial) -> dict[str, str]:
    """What each broken clause says."""
    return {name: told for name, clause in CLAUSES.items() if (told := clause(trial))}


class TestGood(RuleContract):
    """The class itself, as authors use it."""

    rule = faulty.good
    businesses = FEW

    def broken(self, seed: Seed) -> Any:
        return broken(seed)

    def healthy(self, seed: Seed) -> Any:
        return [healthy(seed), seed.user()]


@pytest.mark.parametrize(
    ("rule", "clause", "said"),
    [
        (faulty.silent, "explains", "it explains nothing"),
        (faulty.blank, "explains", "it has nothing to say about"),
        (faulty.blind, "finds the broken", "it does not find"),
        (faulty.moody, "is deterministic", "two different SELECTs"),
        (faulty.slow, "ends in time", "reads a whole table"),
        (faulty.dialect, "speaks both databases", "strftime"),
    ],
    ids=lambda value: value.name if isinstance(value, Rule) else None,
)
def test_one_fault_breaks_one_clause(template: Template, rule: Rule, clause: str, said: str) -> None:
    told = wrong(tried(template, rule))
    assert list(told) == [clause]
    assert said in told[clause]


def test_a_greedy_rule_finds_what_is_sound(template: Template) -> None:
    told = wrong(tried(template, faulty.greedy))
    assert "nobody called broken" in told["finds the broken"]
    assert "which is healthy" in told["spares the healthy"]


@pytest.mark.parametrize("rule", [faulty.raising, faulty.writing, faulty.refused], ids=lambda rule: rule.name)
def test_a_rule_that_cannot_be_run_fails_every_clause(template: Template, rule: Rule) -> None:
    trial = tried(template, rule)
    assert trial.fault
    for clause in CLAUSES.values():
        with pytest.raises(AssertionError, match=rf"^tests\.{rule.name} on sqlite: it could not be run"):
            hold(clause, trial)


def test_a_rule_without_grace_need_not_spare_the_fresh(template: Template) -> None:
    trial = tried(template, faulty.eager)
    assert trial.when_touched & trial.found
    assert wrong(trial) == {}
    with_grace = replace(
        trial, registered=replace(trial.registered, about=trial.registered.about.model_copy(update={"grace": 60}))
    )
    assert list(wrong(with_grace)) == ["spares the fresh"]


def test_what_the_host_would_do_wrong_is_told(template: Template) -> None:
    good = tried(template, faulty.good)
    assert wrong(good) == {}
    assert len(good.found) == 1
    (key,) = good.found
    for fault, said in (
        ({"changes": 2}, "looking made 2 changes"),
        ({"again": set()}, f"differ by {key}"),
        ({"seconds": 11.0}, "it took 11.0 s"),
        ({"after_placing": {key}}, "still finds"),
        ({"after_restoring": set()}, "after restoring it disagrees"),
        ({"differing": ["businesses/x: name"]}, "not as it was"),
        ({"not_restored": ["taken: x"]}, "does not come back"),
        ({"refused": "the last superadmin"}, "cannot be set aside"),
        ({"wanted": set()}, "gave back no record of businesses"),
    ):
        (told,) = wrong(replace(good, **fault)).values()
        assert said in told


def test_settings_without_a_default_have_to_be_said(template: Template) -> None:
    refused = tried(template, faulty.refused)
    assert "its settings are not valid" in (refused.fault or "")
    assert "refuses its settings" in wrong(refused)["settings round-trip"]
    assert "has no default" in wrong(replace(refused, settings=None))["settings round-trip"]
    assert wrong(tried(template, faulty.refused, settings={"least": 3})) == {}
