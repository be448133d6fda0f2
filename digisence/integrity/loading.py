"""From an entry point to the rules behind it, described in JSON values: the same for our own and for strangers'."""

from importlib.metadata import EntryPoint
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from .rule import Rule, RuleError


def find_rules(entry_point: EntryPoint) -> list[Rule]:
    """Every rule of the module that the entry point names, or the one rule it names (`module:attribute`).

    Raises RuleError when there is none or two share a name; and whatever the module raises.
    """
    loaded = entry_point.load()
    if isinstance(loaded, Rule):
        return [loaded]
    found = list({id(value): value for value in vars(loaded).values() if isinstance(value, Rule)}.values())
    names = [rule.name for rule in found]
    if not found:
        raise RuleError(f"{entry_point.value} holds no rule: declare one with @rule")
    if len(set(names)) < len(names):
        twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
        raise RuleError(f"{entry_point.value} holds two rules called {twice}: rename one")
    return found


class Description(BaseModel):
    """What the product knows of a rule without running it. `grace` in seconds; `settings` a JSON Schema with its
    `defaults`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    resource: str
    severity: str
    title: str
    remedy: str
    grace: int | None
    warn_if: int | None
    error_if: int | None
    settings: dict[str, Any] | None
    defaults: dict[str, Any] | None


def describe(rule: Rule) -> Description:
    """What is worth storing of a rule."""
    return Description(
        name=rule.name,
        resource=rule.resource,
        severity=rule.severity,
        title=rule.title,
        remedy=rule.remedy,
        grace=None if rule.grace is None else int(rule.grace.total_seconds()),
        warn_if=rule.warn_if,
        error_if=rule.error_if,
        settings=None if rule.settings is None else rule.settings.model_json_schema(),
        defaults=None if rule.settings is None else _defaults(rule.settings),
    )


def invalid_settings(error: ValidationError) -> str:
    """What is wrong with a rule's settings, in a line."""
    faults = (f"{'.'.join(map(str, fault['loc'])) or 'all'}: {fault['msg']}" for fault in error.errors())
    return f"its settings are not valid, so it is not run: {'; '.join(faults)}"


def _defaults(settings: type[BaseModel]) -> dict[str, Any] | None:
    try:
        return settings().model_dump(mode="json")
    except ValidationError:  # a setting without a default: a superadmin has to choose it
        return None
