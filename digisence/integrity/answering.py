"""What a third-party rule is asked, answered where it does no harm: in a child of the sandbox, in JSON values.

The child gets no database, no address and no secret: it turns the rule into SQL text, which the host runs on its own
read-only session, and records into explanations.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from ..clock import parse
from ..models import RECORDS
from ..models.types import decode
from ..models.wire import public
from .loading import describe, find_rules, invalid_settings
from .predicate import BadSelect, checked
from .query import Query
from .rule import Rule, RuleError

LONGEST_FAULT = 2000
DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
}


def reply(question: Mapping[str, Any]) -> dict[str, Any]:
    """`{"answer": …}`, or `{"fault": …}` when the rule or the loading of it raised."""
    try:
        return {"answer": answer(question)}
    except (RuleError, BadSelect) as error:
        return {"fault": str(error)[:LONGEST_FAULT]}
    except MemoryError:
        return {"fault": "it took more memory than a rule may have"}
    except BaseException as error:  # noqa: BLE001 whatever a stranger's code raises is the answer
        return {"fault": f"{type(error).__name__}: {error}"[:LONGEST_FAULT]}


def answer(question: Mapping[str, Any]) -> Any:
    """`describe`: what the entry point offers · `compile`: a rule as SQL text · `explain`: a sentence for each
    record.
    """
    rules = find_rules(EntryPoint(question["name"], question["value"], "digisence.rules"))
    if question["command"] == "describe":
        return [describe(found).model_dump(mode="json") for found in rules]
    chosen = next((found for found in rules if found.name == question["rule"]), None)
    if chosen is None:
        raise RuleError(f"{question['value']} has no rule {question['rule']!r} any more")
    return _explain(chosen, question) if question["command"] == "explain" else _compile(chosen, question)


def _compile(rule: Rule, question: Mapping[str, Any]) -> str:
    statement = rule(Query(parse(question["now"]), _settings(rule, question["settings"])))
    predicate = checked(rule.resource, statement)
    dialect = DIALECTS[question["dialect"]]
    compiled = predicate.base.compile(
        dialect=dialect, compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    return str(compiled)


def _settings(rule: Rule, given: Any) -> BaseModel | None:
    try:
        return rule.settings.model_validate(given or {}) if rule.settings else None
    except ValidationError as error:
        raise RuleError(invalid_settings(error)) from error


def _explain(rule: Rule, question: Mapping[str, Any]) -> list[str]:
    declared = public(RECORDS[rule.resource])

    def record(values: Mapping[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(**{field.attribute: decode(field.type, values[field.name]) for field in declared})

    return [rule.why(record(values)) for values in question["records"]]
