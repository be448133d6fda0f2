"""A fuzzer reads the OpenAPI document, calls every operation with good and bad input, and finds nothing wrong.

`DIGISENCE_FUZZ_CASES=100` asks for that many calls of each kind an operation, `DIGISENCE_FUZZ_SEED=2` for others,
`DIGISENCE_FUZZ_ONLY=/api/admin/users` for those operations alone.
"""

import os
from collections import Counter
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData

from digisence.changes import Context
from digisence.extensions import limiter
from digisence.integrity import catalogue
from tests.blueprints import fuzzing, offering
from tests.blueprints.conftest import Caller

CASES = int(os.environ.get("DIGISENCE_FUZZ_CASES", "2"))
SEED = os.environ.get("DIGISENCE_FUZZ_SEED", "1")
ONLY = os.environ.get("DIGISENCE_FUZZ_ONLY", "")
LONG = 12  # cases a kind, from which on nearly each operation is to succeed
PLAN = settings(
    max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


class Fuzzer:
    """Calls operations and writes down what is wrong with the answers."""

    def __init__(self, boss: Caller) -> None:
        self.boss = boss
        self.faults: Counter[str] = Counter()
        self.seen: Counter[int] = Counter()
        self.reached: dict[str, set[int]] = {}

    def exercise(self, operation: Any, mode: GenerationMode) -> None:
        """Some calls of one operation, if there is something to get wrong."""
        if mode == GenerationMode.NEGATIVE and not (operation.query or operation.headers or operation.body):
            return

        @seeded(crc32(f"{SEED} {mode.value} {operation.label}".encode()))
        @PLAN
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            response = case.call(headers={**self.boss.headers, "Accept-Encoding": "identity"})
            self.seen[response.status_code] += 1
            self.reached.setdefault(operation.label, set()).add(response.status_code)
            self.judge(case, response)

        call()

    def judge(self, case: Any, response: Any) -> None:
        """Write down each thing that is wrong."""
        try:
            case.validate_response(response)
        except FailureGroup as group:
            for fault in group.exceptions:
                if not excused(fault, case, response):
                    told = f"{type(fault).__name__} {response.status_code} {str(fault)[:600]}"
                    self.faults[f"{case.operation.label}: {told}\n{response.text[:900]}\n{case.as_curl_command()}"] += 1


def excused(fault: Exception, case: Any, response: Any) -> bool:
    """Whether the document cannot be blamed."""
    if isinstance(fault, AcceptedNegativeData):
        label = case.operation.label
        of_file = label.endswith("/import") and response.status_code == 202  # a job judges what it holds
        offered = label.endswith("/bulk") and "`enum`" in str(fault)  # of ids and values there are more than we offer
        refused = 400 <= response.status_code < 500  # for another fault, as 412 or 413
        return of_file or offered or refused or fuzzing.keeps_to_the_document(case.operation, response.request.url)
    return isinstance(fault, RejectedPositiveData) and fuzzing.excused(response.json())


@pytest.fixture
def fuzzer(app: Flask, boss: Caller, installed: None, monkeypatch: pytest.MonkeyPatch) -> Fuzzer:
    """A fuzzer that is signed in, and that no limit keeps from what is to be tried."""
    monkeypatch.setattr(limiter, "enabled", False)
    with app.app_context():
        catalogue.register(Context("system:test"))
    return Fuzzer(boss)


@pytest.fixture
def operations(app: Flask, fuzzer: Fuzzer) -> list[Any]:
    """Every operation of the document but those left out, what deletes last."""
    fuzzing.formats()
    document = offering.with_ids(fuzzer.boss.get("/openapi.json").json, fuzzing.directory(fuzzer.boss))
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    found = [result.ok() for result in schema.get_all_operations()]
    assert fuzzing.LEFT_OUT.keys() <= {one.label for one in found}
    wanted = [one for one in found if one.label not in fuzzing.LEFT_OUT and ONLY in one.label]
    return sorted(wanted, key=fuzzing.turn)


def test_nothing_is_found(fuzzer: Fuzzer, operations: list[Any], engine_name: str) -> None:
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if CASES >= LONG or ONLY or fuzzing.its_turn(operation, f"{SEED} {mode.value}", engine_name):
                fuzzer.exercise(operation, mode)
        if operation.method != "get":
            assert fuzzer.boss.get("/api/auth/me").status_code == 200, f"{operation.label} signed the caller out"
    assert not fuzzer.faults, "\n\n".join(f"{number} times {fault}" for fault, number in fuzzer.faults.items())
    never = {label for label, seen in fuzzer.reached.items() if not any(200 <= status < 300 for status in seen)}
    if CASES >= LONG:
        told = [f"{label}: only {sorted(fuzzer.reached[label])}" for label in sorted(never - fuzzing.NEVER.keys())]
        assert not told, "\n".join(told)
    if not ONLY:
        assert {200, 201, 202, 204, 400, 404, 409, 422} <= fuzzer.seen.keys()
