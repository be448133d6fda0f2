"""From a rule in an author's hands to what the worker would make of it: found by metadata, described in the child."""

import sys
from importlib.metadata import EntryPoint
from typing import Any

from ..integrity.isolation import RuleBroken, ask
from ..integrity.loading import Description
from ..integrity.registry import GROUP, Registered, Source, identify, normalised, sources
from ..integrity.rule import Rule

SECONDS = 10.0


def registered(rule: Rule) -> Registered:
    """The rule as registered, to be asked in a child only.

    Where its distribution is not installed, its module stands for an entry point. RuleBroken when an installed one
    does not offer it, or it does not load.
    """
    source = next((source for source in sources() if _belongs(rule, source.entry_point)), None) or _made_up(rule)
    for found in offered(source):
        if found.about.name == rule.name:
            return found
    raise RuleBroken(f"the entry point {source.entry_point.value} does not offer {rule.name!r}; import it there")


def offered(source: Source) -> list[Registered]:
    """Every rule of an entry point. RuleBroken when it does not load."""
    entry = source.entry_point
    described: list[dict[str, Any]] = ask({"command": "describe", "name": entry.name, "value": entry.value}, SECONDS)
    told = [Description.model_validate(one) for one in described]
    return [Registered(identify(source, about.name), source, about) for about in told]


def _home(rule: Rule) -> str:
    return rule.find.__module__


def _belongs(rule: Rule, entry: EntryPoint) -> bool:
    return f"{_home(rule)}.".startswith(f"{entry.module}.")


def _made_up(rule: Rule) -> Source:
    home = _home(rule)
    offering = (
        name for name, module in sorted(sys.modules.items())
        if f"{home}.".startswith(f"{name}.") and rule in vars(module).values()
    )  # fmt: skip
    name = next(offering, home)
    return Source(normalised(name.partition(".")[0]), "0", EntryPoint("rules", name, GROUP))
