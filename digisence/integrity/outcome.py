"""What a run came to: per check, and in the shape of the old platform's services."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..models import Check
from ..models.finding import BLOCKED, REPAIRED, SET_ASIDE
from ..models.run import ERRORED, FAILED, PASSED
from . import findings
from .catalogue import ACT
from .plan import Plan
from .registry import Registered
from .rule import REPORT

OK, WARNING, BROKEN = "passed", "warning", "broken"
ALL, CHANGES = "all", "changes"  # what a check looked at
SAMPLE = 100


@dataclass
class Outcome:
    """One check's part of a run. `counts`: found, new, healed, repaired, quarantined, blocked, leftAlone, busy,
    planned. `complete`: its look came to its end and was written down.
    """

    check: Check
    registered: Registered | None
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    broken: str | None = None
    complete: bool = False
    tripped: bool = False
    look_at: str | None = None
    seconds: float = 0.0
    open: int = 0
    sample: list[str] = field(default_factory=list)
    plan: Plan | None = None

    def look(self) -> None:
        """Count what is still open, after all repairs."""
        self.open, self.sample = findings.standing(self.check.id, SAMPLE)

    @property
    def may_mend(self) -> bool:
        """True when the check acts, and has looked at everything: a breaker judges whole sets."""
        return self.check.mode == ACT and self.check.remedy != REPORT and self.look_at == ALL

    @property
    def third_party(self) -> bool:
        """True for a rule that takes a process of its own, and maybe long."""
        return self.registered is not None and self.registered.rule is None

    @property
    def state(self) -> str:
        """`broken`; `failed` or `warning` by what is still open and the rule's own limits; else `passed`."""
        if self.broken:
            return BROKEN
        about = self.registered.about if self.registered else None
        fails, warns = (about.error_if, about.warn_if) if about else (None, None)
        if self.open >= (fails or (1 if warns is None else self.open + 1)):
            return FAILED
        return WARNING if warns is not None and self.open >= warns else OK

    def to_json(self) -> dict[str, Any]:
        """The check's line in the run."""
        return {
            "check": self.check.id,
            "resource": self.check.resource,
            "state": self.state,
            "open": self.open,
            **{
                name: self.counts[name]
                for name in ("found", "new", "healed", "planned", REPAIRED, SET_ASIDE, BLOCKED, "leftAlone", "busy")
            },
            "look": self.look_at,
            "disagreeing": self.counts["disagreeing"],
            "undone": self.counts["undone"],
            "plan": self.plan and self.plan.to_json(),
            "breaker": "tripped" if self.tripped else None,
            "seconds": round(self.seconds, 3),
            "detail": self.broken,
        }

    def summary(self) -> dict[str, Any]:
        """The old platform's DataIntegrityCheck, with `affectedCount`; `affectedRecords` is a sample of ids."""
        return {
            "type": self.check.id,
            "description": f"{self.check.title}: {self.open}",
            "affectedRecords": self.sample,
            "affectedCount": self.open,
            "severity": self.check.severity,
        }


def state(outcomes: Sequence[Outcome]) -> str:
    """`errored` when a check broke; `failed` while findings are open, as many as the rule calls a failure; else
    `passed`.
    """
    if any(outcome.broken for outcome in outcomes):
        return ERRORED
    return FAILED if any(outcome.state == FAILED for outcome in outcomes) else PASSED


def summary(outcomes: Sequence[Outcome], held: str | None = None) -> dict[str, Any]:
    """What the run's row keeps. Success means that nothing that was tried failed; open findings alone are no
    failure. `held`: why nothing was repaired that was to be.
    """
    broken = [f"{outcome.check.id}: {outcome.broken}" for outcome in outcomes if outcome.broken]
    errors = [*([held] if held else []), *broken] + [error for outcome in outcomes for error in outcome.errors]
    return {
        "success": not errors,
        "fixedRecords": sum(outcome.counts[REPAIRED] + outcome.counts[SET_ASIDE] for outcome in outcomes),
        "errors": errors,
        "held": held,
        "integrityChecks": [outcome.summary() for outcome in outcomes if outcome.open],
        "counts": [outcome.to_json() for outcome in outcomes],
    }
