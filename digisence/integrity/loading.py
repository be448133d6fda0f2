"""From an entry point to the rules behind it, described in JSON values: the same for our own and for strangers'."""

from importlib.metadata import EntryPoint
from math import isfinite
from typing import Annotated, Any

from marshmallow import ValidationError as Refused
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..records.schema import plain
from .rule import LONGEST_SECONDS, Rule, RuleError


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
    grace: Annotated[int, Field(ge=0, le=LONGEST_SECONDS)] | None
    warn_if: int | None
    error_if: int | None
    settings: dict[str, Any] | None
    defaults: dict[str, Any] | None


def describe(rule: Rule) -> Description:
    """What is worth storing of a rule. RuleError where that cannot be stored, or its settings never be chosen."""
    schema = None if rule.settings is None else rule.settings.model_json_schema()
    defaults = None if rule.settings is None else _defaults(rule.settings)
    texts = {"title": rule.title, "the schema of its settings": schema, "a default of its settings": defaults}
    for what, value in texts.items():
        _storable(f"rule {rule.name!r}: {what}", value)
    _usable(rule.name, schema)
    return Description(
        name=rule.name,
        resource=rule.resource,
        severity=rule.severity,
        title=rule.title,
        remedy=rule.remedy,
        grace=None if rule.grace is None else int(rule.grace.total_seconds()),
        warn_if=rule.warn_if,
        error_if=rule.error_if,
        settings=schema,
        defaults=defaults,
    )


def _storable(what: str, value: Any) -> None:
    """Refuse what a database does not take into a text or a JSON value."""
    if isinstance(value, str):
        try:
            plain(value)
        except Refused as error:
            raise RuleError(f"{what}: {'; '.join(map(str, error.messages))}") from error
    elif isinstance(value, float) and not isfinite(value):
        raise RuleError(f"{what}: {value} is no number in JSON")
    elif isinstance(value, dict | list):
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _storable(what, part)


def _usable(name: str, schema: dict[str, Any] | None) -> None:
    """Refuse settings that nobody could choose: what is chosen is judged by the schema alone, with Python's `re`."""
    from jsonschema import Draft202012Validator, SchemaError  # a tenth of the start of a process that judges none

    try:
        Draft202012Validator.check_schema(schema or {})
    except SchemaError as error:
        told = f"{error.message} (patterns are read by Python's re, which knows no \\p{{…}})"
        raise RuleError(f"rule {name!r}: the schema of its settings is not valid: {told}") from error


def invalid_settings(error: ValidationError) -> str:
    """What is wrong with a rule's settings, in a line."""
    faults = (f"{'.'.join(map(str, fault['loc'])) or 'all'}: {fault['msg']}" for fault in error.errors())
    return f"its settings are not valid, so it is not run: {'; '.join(faults)}"


def _defaults(settings: type[BaseModel]) -> dict[str, Any] | None:
    try:
        return settings().model_dump(mode="json")
    except ValidationError:  # a setting without a default: a superadmin has to choose it
        return None
