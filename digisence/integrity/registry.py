"""Which rules there are: listed from the entry points' metadata, our own loaded here, others asked in a child.

A rule that cannot be had is a broken check, never an absence: its row says why, and the others run on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from ..clock import to_wire
from .isolation import RuleBroken, ask
from .loading import Description, describe, find_rules
from .predicate import BadSelect, Predicate, checked, from_sql
from .query import Query
from .rule import QUARANTINE, RELINK, Rule

GROUP = "digisence.rules"
OWN = "digisence"
SEED = ("orphaned_user", "missing_business", "missing_professional")  # keep their bare names, and act from the start


@dataclass(frozen=True)
class Source:
    """An entry point and the distribution that offers it."""

    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def id(self) -> str:
        """The id under which it is listed when it does not load."""
        return f"{self.distribution}.{self.entry_point.name}"


MISSING = Source(OWN, "", EntryPoint("core", "digisence.integrity.checks", GROUP))


@dataclass(frozen=True)
class Registered:
    """A rule with its origin. `rule` is None for a third party's: its code is only ever run in a child process."""

    id: str
    source: Source
    about: Description
    rule: Rule | None = field(default=None, repr=False)

    @property
    def mode(self) -> str:
        """How a check begins: the three core ones act, any other observes until a superadmin promotes it."""
        return "act" if self.id in SEED else "observe"

    @property
    def order(self) -> tuple[int, str]:
        """What mends comes before what sets aside: a relinked business gives its admin back what it was missing."""
        return ({RELINK: 0, QUARANTINE: 2}.get(self.about.remedy, 1), self.id)

    def predicate(self, now: datetime, dialect: str, settings: Any, seconds: float) -> Predicate:
        """The rule's SELECT, proved to be one. RuleBroken when it is not to be had."""
        if self.rule is None:
            question = {"rule": self.about.name, "now": to_wire(now), "dialect": dialect, "settings": settings}
            return from_sql(self.about.resource, self._ask("compile", seconds, **question), self.about.remedy)
        try:
            chosen = self.rule.settings.model_validate(settings or {}) if self.rule.settings else None
            return checked(self.about.resource, self.rule(Query(now, chosen)), self.about.remedy)
        except ValidationError as error:
            raise RuleBroken(f"its settings are not valid: {error}") from error
        except BadSelect as error:
            raise RuleBroken(str(error)) from error
        except Exception as error:  # a rule is anybody's code: what it raises is its own fault
            raise RuleBroken(f"{type(error).__name__}: {error}") from error

    def explain(self, records: Sequence[tuple[Any, dict[str, Any]]], seconds: float) -> list[str]:
        """A sentence for each record, given as (row, its public JSON form). RuleBroken when the rule cannot."""
        if self.rule is None:
            return [
                str(text)
                for text in self._ask("explain", seconds, rule=self.about.name, records=[wire for _, wire in records])
            ]
        try:
            return [self.rule.why(row) for row, _ in records]
        except Exception as error:
            raise RuleBroken(f"its explanation raised {type(error).__name__}: {error}") from error

    def _ask(self, command: str, seconds: float, **question: Any) -> Any:
        entry = self.source.entry_point
        return ask({"command": command, "name": entry.name, "value": entry.value, **question}, seconds)


@dataclass(frozen=True)
class Survey:
    """What was found: rules by id, and by id what is broken about entry points."""

    rules: dict[str, Registered]
    broken: dict[str, tuple[Source, str]]


def sources() -> list[Source]:
    """Every entry point of the group, from metadata alone; nothing is imported. A distribution found twice counts
    once.
    """
    found: dict[tuple[str, str], Source] = {}
    for entry_point in entry_points(group=GROUP):
        if entry_point.dist is not None:
            name = re.sub(r"[-_.]+", "-", entry_point.dist.name).lower()
            source = Source(name, entry_point.dist.version, entry_point)
            found.setdefault((source.id, entry_point.value), source)
    return sorted(found.values(), key=lambda source: source.id)


def survey(seconds: float) -> Survey:
    """Load every entry point, each given `seconds`. Two rules with one id are both refused."""
    rules: dict[str, Registered] = {}
    broken: dict[str, tuple[Source, str]] = {}
    twice: set[str] = set()
    found = sources()
    if not any(source.distribution == OWN for source in found):
        broken[MISSING.id] = (
            MISSING,
            "digisence is not installed, so its own rules are not found: run `pip install` again",
        )
    for source in found:
        try:
            offered = list(_offered(source, seconds))
        except Exception as error:  # noqa: BLE001 whatever an import raises makes this entry point broken, and no other
            text = str(error) if isinstance(error, RuleBroken) else f"{type(error).__name__}: {error}"
            broken[source.id] = (source, f"it did not load: {text}"[:2000])
            continue
        twice |= {registered.id for registered in offered if registered.id in rules}
        rules.update({registered.id: registered for registered in offered})
    for identity in twice:
        broken[identity] = (rules.pop(identity).source, "two entry points offer a rule of this id; both are refused")
    return Survey(rules, broken)


def _offered(source: Source, seconds: float) -> Iterator[Registered]:
    if source.distribution == OWN:
        for rule in find_rules(source.entry_point):
            yield Registered(identify(source, rule.name), source, describe(rule), rule)
        return
    entry = source.entry_point
    for described in ask({"command": "describe", "name": entry.name, "value": entry.value}, seconds):
        about = Description.model_validate(described)
        yield Registered(identify(source, about.name), source, about)


def identify(source: Source, name: str) -> str:
    """`<distribution>.<rule>`; the old platform's three keep their bare names."""
    return name if source.distribution == OWN and name in SEED else f"{source.distribution}.{name}"
