"""What one plugin declares or says can break its own check, never the run: the others go on beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from digisence.errors import Invalid
from digisence.extensions.queue import JobTimeout
from digisence.integrity import catalogue, choices, recording, registry
from digisence.models import Check
from tests.outsider import write as outside

from .conftest import business, healthy, save
from .test_registry import ALL, RULE, Put, run, told

Tuned = Callable[..., Flask]
SAYS = "\n@find.explain\ndef why(record):\n    return {text}\n"
MODEL = "from pydantic import BaseModel, Field\nclass Wanted(BaseModel):\n    {field}\n"


def choosing(field: str) -> str:
    return MODEL.format(field=field) + RULE.format(name="r", body=ALL).replace("remedy=", "settings=Wanted, remedy=")


def rule(**changes: str) -> str:
    return changes.pop("before", "") + RULE.format(name="r", body=changes.pop("body", ALL)) + changes.pop("after", "")


SOURCES: dict[str, tuple[str, str]] = {
    "half": (rule(after=SAYS.format(text=r"'\ud800'")), "half a surrogate"),
    "nul": (rule(after=SAYS.format(text=r"'a\0b'")), "NUL"),
    "title": (rule().replace("A title", r"A \ud800 title"), "half a surrogate"),
    "schema": (choosing(r"a: str = Field('a', description='\0')"), "NUL"),
    "default": (choosing("a: float = float('inf')"), "no number in JSON"),
    "pattern": (choosing(r"a: str = Field('a', pattern=r'^\p{L}+$')"), "Python's re"),
    "raises": (rule(body=r"raise RuntimeError('\ud800 and \0')"), r"RuntimeError: \ud800 and \x00"),
    "loading": (r"raise RuntimeError('\udfff and \0')", r"RuntimeError: \udfff and \x00"),
    "eternal": (rule().replace("grace='1h'", "grace='1000000d'"), "no longer than"),
}


def test_whatever_a_plugin_says_breaks_its_own_check_alone(distribution: Put, tuned: Tuned, tmp_path: Path) -> None:
    for name, (source, _) in SOURCES.items():
        distribution(name, source)
    distribution("sound", rule())
    distribution("rivals", RULE.format(name="exits", body=ALL))
    entries = tmp_path / "site" / "rivals-1.0.dist-info" / "entry_points.txt"
    entries.write_text("[digisence.rules]\nrules = rivals\nexits = no_such_module\n")
    tuned(rule_timeout=20)
    healthy(2)
    save(business("unled", None))
    for _ in range(2):
        done = run()
        assert (done["state"], done["error"]) == ("errored", None)
    assert "missing_business" in {check["type"] for check in done["integrityChecks"]}
    assert (told("sound.r")["health"], told("orphaned_user")["health"]) == ("ok", "ok")
    details = {check.distribution: str(check.health_detail) for check in catalogue.listed() if check.health != "ok"}
    assert {name: part for name, (_, part) in SOURCES.items() if part not in details[name]} == {}
    assert "'rules' offers is refused with it" in details.pop("rivals")
    assert details.keys() == SOURCES.keys()


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("file", ["METADATA", "entry_points.txt"])
def test_metadata_that_is_no_text_hides_no_other(distribution: Put, tuned: Tuned, tmp_path: Path, file: str) -> None:
    distribution("sound", rule())
    distribution("latin", rule())
    path = tmp_path / "site" / "latin-1.0.dist-info" / file
    path.write_bytes(path.read_bytes() + b"# \xfc\n")
    tuned(rule_timeout=20)
    found = registry.survey(20)
    assert {"sound.r", "orphaned_user"} <= found.rules.keys()
    assert ("latin.r" in found.rules, "latin" in found.broken) == ((file == "METADATA"), (file != "METADATA"))


FAULTS: list[tuple[Exception, str | None]] = [
    (ValueError("no such\nthing"), None),
    (OperationalError("UPDATE", {}, Exception("the server went away")), "the server went away"),
    (JobTimeout("out of time"), "out of time"),
]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(("fault", "ends"), FAULTS)
def test_what_cannot_be_written_is_one_checks_fault_unless_it_is_the_databases(
    tuned: Tuned, monkeypatch: pytest.MonkeyPatch, fault: Exception, ends: str | None
) -> None:
    real = recording.record

    def record(session: Any, check: Check, *rest: Any) -> Any:
        counts = real(session, check, *rest)
        if check.id == "orphaned_user":
            raise fault
        return counts

    monkeypatch.setattr(recording, "record", record)
    tuned()
    healthy(2)
    save(business("unled", None))
    if ends is None:
        done = run()
        assert (done["state"], done["error"]) == ("errored", None)
        assert told("orphaned_user")["healthDetail"] == "what it saw cannot be written: ValueError: no such"
        assert told("missing_business")["health"] == "ok"
        assert [check["type"] for check in done["integrityChecks"]] == ["missing_business"]
        return
    with pytest.raises(type(fault), match=ends):
        run()


@pytest.mark.parametrize("schema", [{"properties": {"a": {"pattern": r"^\p{L}+$"}}}, {"$ref": "#/no"}, {"type": "odd"}])
def test_a_stored_schema_that_cannot_judge_refuses_the_choice(schema: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        choices._validate(Check(id="acme.r", settings_schema=schema), {"a": "x"})
    assert "cannot judge" in caught.value.fields["settings"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_grace_beyond_all_time_breaks_its_own_check(tuned: Tuned, database: str) -> None:
    tuned()
    run()
    strange = next(check.id for check in catalogue.listed() if check.id not in registry.SEED)
    outside(database, f"UPDATE checks SET grace_seconds = 86400000000 WHERE id = '{strange}'")
    done = run()
    assert (done["state"], done["error"]) == ("errored", None)
    assert [error for error in done["errors"] if "grace period" not in error] == []
    check = catalogue.read(strange)
    assert (check.health, "before the year 1" in str(check.health_detail)) == ("broken", True)
