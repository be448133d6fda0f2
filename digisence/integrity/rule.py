"""The public API of rules: everything a plugin author imports.

    from digisence.integrity.rule import rule

    @rule("business-without-category", api=1, resource="businesses", severity="low",
          title="Business without a category", grace="72h", remedy="report")
    def uncategorised(q):
        return q.select(q.businesses.id).where(q.businesses.category_id.is_(None))

    @uncategorised.explain
    def why(record):
        return f"{record.name} appears in no category page"

A rule is one SELECT of primary keys. The host adds the grace period, counts, pages, samples and checks it again under
lock before anything is done, so a rule can only find; what is done about a finding is one of the host's remedies.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select

from ..config import duration
from ..models import RECORDS
from .query import Query

API = 1
SEVERITIES = ("low", "medium", "high")
REPORT, RELINK, DEACTIVATE, QUARANTINE = "report", "relink", "deactivate", "quarantine"
REMEDIES = (REPORT, RELINK, DEACTIVATE, QUARANTINE)
LONGEST_SECONDS = 2**31 - 1  # what a database holds
TOO_LONG = "no shorter than 0s, no longer than 24855d"
NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")

Find = Callable[[Query], Select[Any]]
Explain = Callable[[Any], str]


class RuleError(ValueError):
    """A rule is declared in a way that cannot work; the message says how to mend it."""


@dataclass(eq=False)
class Rule:
    """A declared rule. Calling it with a Query gives its SELECT."""

    name: str
    resource: str
    severity: str
    title: str
    remedy: str
    find: Find
    grace: timedelta | None = None
    settings: type[BaseModel] | None = None
    warn_if: int | None = None
    error_if: int | None = None
    explanation: Explain | None = field(default=None, repr=False)

    def __call__(self, q: Query) -> Select[Any]:
        """The SELECT of the primary keys of the records that break the rule."""
        return self.find(q)

    def explain(self, function: Explain) -> Explain:
        """Decorator: `function` gets a record (its public columns as attributes) and says in a sentence what is
        wrong with it.
        """
        self.explanation = function
        return function

    def why(self, record: Any) -> str:
        """What is wrong with `record`; the title where the author explained nothing."""
        return str(self.explanation(record)) if self.explanation else self.title


def rule(
    name: str,
    *,
    api: int,
    resource: str,
    severity: str,
    title: str,
    grace: str | timedelta | None = None,
    remedy: str = REPORT,
    settings: type[BaseModel] | None = None,
    warn_if: int | None = None,
    error_if: int | None = None,
) -> Callable[[Find], Rule]:
    """Declare a rule.

    `name`: lower case, words joined by `-` or `_` · `api`: the version of this interface it is written for (1) ·
    `resource`: as in the addresses, `businesses` · `severity`: low, medium, high · `grace`: `90s`, `15m`, `72h`, `7d`;
    a record younger than that is no finding; without it the product's own · `remedy`: report, relink, deactivate,
    quarantine · `settings`: a pydantic model, whose instance the rule finds in `q.settings` · a count of `error_if`
    findings or more fails the check, one of `warn_if` or more warns; with neither, any finding fails it.

    Raises RuleError, saying what to write instead.
    """
    faults = list(_faults(name, api, resource, severity, title, remedy, warn_if, error_if))
    if settings is not None and not (isinstance(settings, type) and issubclass(settings, BaseModel)):
        faults.append("settings is a pydantic model class")
    if faults:
        raise RuleError(f"rule {name!r}: " + "; ".join(faults))
    period = None if grace is None else _period(name, grace)

    def declare(find: Find) -> Rule:
        return Rule(name, resource, severity, title, remedy, find, period, settings, warn_if, error_if)

    return declare


def _period(name: str, grace: str | timedelta) -> timedelta:
    try:
        period = duration(grace)
        assert isinstance(period, timedelta)  # noqa: S101
    except OverflowError as error:
        raise RuleError(f"rule {name!r}: grace {grace!r}: {TOO_LONG}") from error
    except ValueError as error:
        raise RuleError(f"rule {name!r}: grace {grace!r}: {error}") from error
    if not 0 <= period.total_seconds() <= LONGEST_SECONDS:
        raise RuleError(f"rule {name!r}: grace {grace!r}: {TOO_LONG}")
    return period


def _faults(
    name: str,
    api: int,
    resource: str,
    severity: str,
    title: str,
    remedy: str,
    warn_if: int | None,
    error_if: int | None,
) -> list[str]:
    model = RECORDS.get(resource)
    columns = set(model.__table__.c.keys()) if model else set()
    checks = (
        (bool(NAME.fullmatch(name)), "a name is lower-case words joined by - or _"),
        (api == API, f"it is written for rule API {api}, this digisence speaks {API}"),
        (model is not None, f"there is no resource {resource!r}; there are {', '.join(RECORDS)}"),
        (severity in SEVERITIES, f"severity is one of {', '.join(SEVERITIES)}"),
        (remedy in REMEDIES, f"remedy is one of {', '.join(REMEDIES)}"),
        (remedy != RELINK or {"admin_id", "admin_ref"} <= columns, f"{resource} have no admin to relink"),
        (remedy != DEACTIVATE or "is_active" in columns, f"{resource} cannot be deactivated"),
        (bool(title.strip()), "it needs a title"),
        (
            all(limit is None or limit >= 1 for limit in (warn_if, error_if)),
            "warn_if and error_if are counts from 1 on",
        ),
    )
    return [message for well, message in checks if not well]


__all__ = ["API", "REMEDIES", "SEVERITIES", "Query", "Rule", "RuleError", "rule"]
