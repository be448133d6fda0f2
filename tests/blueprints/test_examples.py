"""Every example in the OpenAPI document is true: it fits its schema, and the application accepts it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from digisence.extensions import limiter
from tests.blueprints import fuzzing
from tests.blueprints.conftest import Caller

Document = dict[str, Any]

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def document(boss: Caller, monkeypatch: pytest.MonkeyPatch) -> Document:
    """The OpenAPI document; no limit stands before what is to be tried."""
    monkeypatch.setattr(limiter, "enabled", False)
    found: Document = boss.get("/openapi.json").json
    return found


def told(part: Any, place: str = "") -> Iterator[tuple[str, Document]]:
    """(where, schema) of each schema with an example, anywhere in the document."""
    if isinstance(part, dict):
        if "example" in part and ({"type", "enum", "$ref"} & part.keys()):
            yield place, part
        for name, inner in part.items():
            yield from told(inner, f"{place}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from told(inner, f"{place}/{number}")


def test_every_example_fits_its_schema(document: Document) -> None:
    found = list(told(document))
    assert len(found) > 300
    shapes = {"components": document["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    faults = {
        place: [
            fault.message
            for fault in Draft202012Validator({**schema, **shapes}, format_checker=checker).iter_errors(
                schema["example"]
            )
        ]
        for place, schema in found
    }
    assert {place: messages for place, messages in faults.items() if messages} == {}


def test_every_example_of_a_body_is_accepted(document: Document, boss: Caller) -> None:
    """Ids in examples are of no record: that is said by 404, or of a reference by 422."""
    ids = fuzzing.directory(boss)
    faults, tried = {}, 0
    for label, operation in calls(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = example(content.get("schema", {}), document)
        if not body or label in fuzzing.LEFT_OUT:
            continue
        method, path = label.split(" ")
        for name in fuzzing.NAMED.keys() | {"record_id"}:
            word = fuzzing.NAMED.get(name, path.removeprefix("/api/admin/").partition("/")[0])
            path = path.replace(f"{{{name}}}", (ids.get(word) or ["none"])[0])
        reply = boss(method, path, json=body)
        tried += 1
        if reply.status_code in (400, 415, 500) or (reply.status_code == 422 and not fuzzing.excused(reply.json)):
            faults[label] = reply.text[:400]
    assert tried > 40
    assert faults == {}


def test_every_body_that_is_needed_has_an_example(document: Document) -> None:
    """Of JSON each field that it cannot be without, of files a whole one; a form's file is that."""
    lacking = {}
    for label, operation in calls(document):
        body = operation.get("requestBody", {})
        for kind, content in body.get("content", {}).items():
            schema = content["schema"]
            named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
            missing = set(named.get("required", ())) - example(schema, document).keys()
            file = kind.startswith("multipart") or "example" in schema
            if missing - {"file"} or (label.endswith("/import") and not file):
                lacking[f"{label} {kind}"] = sorted(missing)
    assert lacking == {}


def test_every_example_of_a_file_is_taken(document: Document, boss: Caller) -> None:
    tried = 0
    for label, operation in calls(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if label.endswith("/import") and "example" in content["schema"]:
                file = content["schema"]["example"]
                data = file if isinstance(file, str) else json.dumps(file)
                reply = boss("POST", f"{label.split()[1]}?dryRun=true", data=data, content_type=kind)
                assert reply.status_code == 202, (label, kind, reply.text)
                tried += 1
    assert tried == 3 * 7


def calls(document: Document) -> Iterator[tuple[str, Document]]:
    """(`METHOD /path`, operation) of each operation."""
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            yield f"{method.upper()} {path}", item[method]


def example(schema: Document, document: Document) -> Document:
    """The body that a schema's examples make together."""
    name = schema.get("$ref", "").rpartition("/")[2]
    properties = document["components"]["schemas"].get(name, {}).get("properties", {})
    return {key: told["example"] for key, told in properties.items() if "example" in told}


def test_every_example_of_a_parameter_is_accepted(document: Document, boss: Caller) -> None:
    faults, tried = {}, 0
    for label, operation in calls(document):
        method, path = label.split(" ")
        for parameter in operation.get("parameters", []):
            if method != "GET" or "{" in path or "example" not in parameter["schema"]:
                continue
            value = parameter["schema"]["example"]
            sent = ",".join(value) if isinstance(value, list) else value
            reply = boss(method, path, query_string={parameter["name"]: sent})
            tried += 1
            if reply.status_code != 200:
                faults[f"{label} {parameter['name']}"] = reply.text[:300]
    assert tried > 7
    assert faults == {}
