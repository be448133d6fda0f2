"""Where a third-party rule's code runs: a child process that imports the distribution, answers one question and ends.

The child gets no database, no address and no secret: it turns the rule into SQL text, which the host runs on its own
read-only session, and records into explanations. Questions and answers are one JSON object each, on stdin and stdout.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from ..clock import parse
from ..models import RECORDS
from ..models.types import decode
from ..models.wire import public
from .loading import describe, find_rules
from .predicate import checked
from .query import Query
from .rule import Rule

DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
}


def answer(question: Mapping[str, Any]) -> Any:
    """`describe`: what the entry point offers · `compile`: a rule as SQL text · `explain`: a sentence for each
    record.
    """
    rules = find_rules(EntryPoint(question["name"], question["value"], "digisence.rules"))
    if question["command"] == "describe":
        return [describe(found).model_dump(mode="json") for found in rules]
    chosen = next(found for found in rules if found.name == question["rule"])
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
    return rule.settings.model_validate(given or {}) if rule.settings else None


def _explain(rule: Rule, question: Mapping[str, Any]) -> list[str]:
    declared = public(RECORDS[rule.resource])

    def record(values: Mapping[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(**{field.attribute: decode(field.type, values[field.name]) for field in declared})

    return [rule.why(record(values)) for values in question["records"]]


def main() -> None:
    """Answer the question on stdin. What the rule itself prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    question = json.load(sys.stdin)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, question["seconds"])  # starting up is not the rule's time
    try:
        reply: dict[str, Any] = {"answer": answer(question)}
    except BaseException as error:  # noqa: BLE001 whatever a stranger's code raises is the answer
        reply = {"fault": f"{type(error).__name__}: {error}"[:2000]}
    out.write(json.dumps(reply, default=_plain))
    out.flush()
    os._exit(0)  # threads and exit handlers that the rule left behind shall not hold us


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


if __name__ == "__main__":
    main()
