"""What `digisence plugins check` looks at, in a process that knows no address of the product's: an installed
distribution, loaded as a worker would, each rule tried on scratch databases.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..integrity.isolation import RuleBroken
from ..integrity.registry import Registered, Source, normalised, sources
from ..integrity.rule import REPORT
from . import offering
from .clauses import CLAUSES
from .directory import Directory, Template
from .trial import attempt

FAULT, WARNING = "fault", "warning"
LONGEST_TITLE = 80

Remark = dict[str, str]
Answer = dict[str, Any]


def check(distribution: str, database: str = "") -> Answer:
    """`{"distribution", "version", "entryPoints", "rules", "remarks"}` of an installed distribution.

    A remark is `{"level", "about", "detail"}`, its level `fault` or `warning`. `database`: a PostgreSQL server to try
    the rules on besides SQLite.
    """
    mine = [source for source in sources() if source.distribution == normalised(distribution)]
    remarks: list[Remark] = []
    rules = [rule for source in mine for rule in _load(source, remarks)]
    remarks += _twice(rules)
    found: dict[str, dict[str, int]] = {rule.id: {} for rule in rules}
    for rule in rules:
        remarks += _lint(rule)
    if rules:
        for template in _templates(database):
            for rule in rules:
                with template.copy() as directory:
                    remarks += _try(rule, directory, found[rule.id])
            template.close()
    return {
        "distribution": normalised(distribution),
        "version": mine[0].version if mine else "",
        "entryPoints": [{"name": source.entry_point.name, "value": source.entry_point.value} for source in mine],
        "rules": [_tell(rule, found[rule.id]) for rule in rules],
        "remarks": remarks,
    }


def _remark(level: str, about: str, detail: str) -> Remark:
    return {"level": level, "about": about, "detail": detail}


def _load(source: Source, remarks: list[Remark]) -> list[Registered]:
    try:
        return offering.offered(source)
    except RuleBroken as error:
        remarks.append(_remark(FAULT, source.id, f"it does not load: {error}"))
        return []


def _twice(rules: list[Registered]) -> list[Remark]:
    ids = [rule.id for rule in rules]
    told = "two entry points offer a rule of this name, so both are refused: rename one"
    return [_remark(FAULT, name, told) for name in sorted({name for name in ids if ids.count(name) > 1})]


def _lint(rule: Registered) -> Iterator[Remark]:
    """What works, and would be better otherwise."""
    about = rule.about
    schema = about.settings or {"additionalProperties": False}
    silent = [name for name, one in schema.get("properties", {}).items() if not one.get("description")]
    for wrong, detail in (
        (about.title.endswith("."), "its title is a headline: leave the full stop out"),
        (len(about.title) > LONGEST_TITLE, f"its title is longer than {LONGEST_TITLE} characters"),
        (
            about.remedy != REPORT and about.grace == 0,
            "it acts without any grace: whoever makes two records one after the other may meet it in between",
        ),
        (
            schema.get("additionalProperties") is not False,
            'its settings swallow misspelt names: give the model `model_config = ConfigDict(extra="forbid")`',
        ),
        (bool(silent), f"its settings {', '.join(silent)} have no description, which the panel would show"),
    ):
        if wrong:
            yield _remark(WARNING, rule.id, detail)


def _templates(database: str) -> Iterator[Template]:
    for server in ("", database) if database else ("",):
        with tempfile.TemporaryDirectory(prefix="digisence-check-") as folder:
            yield Template(Path(folder), server, _spoil)


def _spoil() -> None:
    """A made-up directory with the usual defects, beside the sound one."""
    from ..importing.demo import seed_demo

    seed_demo(60, defects=True)


def _try(rule: Registered, directory: Directory, found: dict[str, int]) -> Iterator[Remark]:
    trial = attempt(rule, directory)
    found[directory.engine] = len(trial.found)
    where = f"on {directory.engine}"
    if trial.fault:
        yield _remark(FAULT, rule.id, f"{where}, {trial.fault}")
        return
    for name, clause in CLAUSES.items():
        wrong = clause(trial)
        if wrong:
            yield _remark(FAULT, rule.id, f"{name}, {where}: {wrong}")


def _tell(rule: Registered, found: Mapping[str, int]) -> Answer:
    about = rule.about
    return {
        "id": rule.id, "title": about.title, "resource": about.resource, "severity": about.severity,
        "remedy": about.remedy, "grace": about.grace, "settings": about.defaults, "found": dict(found),
    }  # fmt: skip


def main() -> None:
    """The question on stdin, the answer as the last line of stdout."""
    question = json.loads(sys.stdin.read())
    print(json.dumps(check(question["distribution"], question["database"])))  # noqa: T201 the answer to the parent
