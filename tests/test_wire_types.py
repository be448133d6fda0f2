"""The panel's types are what the server's document says: written by `python wire_types.py`, compared here."""

import json
from typing import Any

import pytest
from flask import Flask

import wire_types
from wire_types import RULES, TARGET, render, render_rules


def written(**schema: Any) -> str:
    """The body of one schema's interface."""
    return render({"components": {"schemas": {"One": {"type": "object", **schema}}}}).partition("{\n")[2]


def test_the_panel_has_the_types_of_the_servers_document(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").get_json()
    assert TARGET.read_text() == render(document), "run `python wire_types.py`"
    assert RULES.read_text() == render_rules(document), "run `python wire_types.py`"


def test_the_command_makes_its_document_on_its_own() -> None:
    assert "SyncStatus" in wire_types.document()["components"]["schemas"]


@pytest.mark.parametrize(
    ("told", "type_"),
    [
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"], "format": "date-time"}, "string | null"),
        ({"type": "string", "enum": ["a", "b"]}, '"a" | "b"'),
        ({"type": ["string", "null"], "enum": ["a", None]}, '"a" | null'),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Two"}}, "Two[]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"anyOf": [{"$ref": "#/components/schemas/Two"}, {"type": "null"}]}, "Two | null"),
        ({"type": "object", "additionalProperties": {}}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({}, "unknown"),
    ],
)
def test_each_construct_has_its_type(told: dict[str, Any], type_: str) -> None:
    assert written(properties={"field": told}) == f"  field?: {type_};\n}}\n"


def test_what_is_always_there_is_required_and_described() -> None:
    told = {"field": {"type": "string", "description": "what it ends */ with"}}
    assert written(properties=told, required=["field"]) == "  /** what it ends * / with */\n  field: string;\n}\n"


def test_a_forms_rules_are_those_of_the_body_that_makes_a_record() -> None:
    text = {"name": {"type": "string", "maxLength": 9, "minLength": 1}, "slug": {"type": "string", "pattern": "^a$"}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}
    paths = {
        "/api/admin/cars": {"post": {"requestBody": body}},
        "/api/admin/cars/{record_id}": {"patch": {}},
        "/api/admin/jobs": {"post": {"requestBody": body}},
    }
    schema = {"properties": {**text, "note": {"type": "string"}}, "required": ["name"]}
    told = render_rules({"paths": paths, "components": {"schemas": {"New": schema}}})
    assert json.loads(told.partition("= ")[2].removesuffix(";\n")) == {
        "cars": {"name": {"required": True, "shortest": 1, "longest": 9}, "slug": {"pattern": "^a$"}}
    }


def test_an_unknown_construct_is_refused_not_guessed() -> None:
    with pytest.raises(NotImplementedError, match="tuple"):
        written(properties={"field": {"type": "tuple"}})
