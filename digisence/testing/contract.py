"""The contract class: an author names the rule and what is broken, pytest does the rest, on each database it has."""

from typing import Any, ClassVar

from ..integrity.rule import Rule
from . import background, clauses
from .clauses import Clause
from .seed import Seed
from .trial import Trial


class RuleContract:
    """Subclass it as `Test…`, set `rule`, say in `broken` what the rule must find.

    `settings`: the rule's settings in this test, default its own defaults. `businesses`: how many sound businesses
    stand around; 0 for a rule that takes offence at something they lack. It runs on SQLite, and on PostgreSQL too when
    `--digisence-database` or DIGISENCE_TEST_DATABASE names a server.
    """

    rule: ClassVar[Rule]
    settings: ClassVar[dict[str, Any] | None] = None
    businesses: ClassVar[int] = background.BUSINESSES

    def broken(self, seed: Seed) -> Any:
        """Make records that the rule must find; give them back, one or several."""
        raise NotImplementedError("say in `broken` what the rule must find, and return it")

    def healthy(self, seed: Seed) -> Any:  # noqa: ARG002 a subclass uses it
        """Make records that look much like broken ones and are not; give them back."""
        return ()

    def test_it_finds_the_broken(self, rule_trial: Trial) -> None:
        """All that is broken is found, and nothing else."""
        hold(clauses.finds_the_broken, rule_trial)

    def test_it_spares_the_healthy(self, rule_trial: Trial) -> None:
        """What `healthy` makes is no finding."""
        hold(clauses.spares_the_healthy, rule_trial)

    def test_it_spares_the_fresh(self, rule_trial: Trial) -> None:
        """A record that was touched a moment ago is within grace."""
        hold(clauses.spares_the_fresh, rule_trial)

    def test_it_reads_only(self, rule_trial: Trial) -> None:
        """Looking changes nothing."""
        hold(clauses.reads_only, rule_trial)

    def test_it_is_deterministic(self, rule_trial: Trial) -> None:
        """The same data and the same time give the same SELECT and the same keys."""
        hold(clauses.is_deterministic, rule_trial)

    def test_it_ends_in_time(self, rule_trial: Trial) -> None:
        """It is done in time, and reads no table once for each row of another."""
        hold(clauses.ends_in_time, rule_trial)

    def test_it_explains(self, rule_trial: Trial) -> None:
        """Each finding has its sentence."""
        hold(clauses.explains, rule_trial)

    def test_its_settings_round_trip(self, rule_trial: Trial) -> None:
        """Its settings go through the panel and come back."""
        hold(clauses.settings_round_trip, rule_trial)

    def test_it_survives_restore(self, rule_trial: Trial) -> None:
        """What is set aside comes back identical, and is found again."""
        hold(clauses.survives_restore, rule_trial)

    def test_it_speaks_both_databases(self, rule_trial: Trial) -> None:
        """Its SQL is understood by SQLite and PostgreSQL."""
        hold(clauses.speaks_both, rule_trial)


def hold(clause: Clause, trial: Trial) -> None:
    """AssertionError, saying what is wrong, unless the clause holds."""
    __tracebackhide__ = True
    wrong = f"it could not be run: {trial.fault}" if trial.fault else clause(trial)
    if wrong:
        raise AssertionError(f"{trial.registered.id} on {trial.engine}: {wrong}")
