"""Writes for the panel, from the server's OpenAPI document, the shapes of the HTTP interface and what a form may hold:
`python wire_types.py`.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "frontend" / "src" / "panel" / "generated" / "wire.ts"
RULES = TARGET.with_name("rules.ts")
HEAD = """/** The HTTP interface as the server's OpenAPI document has it: run `python wire_types.py`, edit nothing. */
"""
RULES_HEAD = """/** What a new record may hold, by the server's document: run `python wire_types.py`, edit nothing. */
import type { Rules } from "../record/values";

export const RULES: Record<string, Rules> = """
LIMITS = {"minLength": "shortest", "maxLength": "longest", "pattern": "pattern"}
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Told = Mapping[str, Any]


def render(document: Told) -> str:
    """Every schema of an OpenAPI 3.1 document as a TypeScript interface, by name."""
    schemas: dict[str, Told] = document["components"]["schemas"]
    return "\n".join([HEAD, *(line for name in sorted(schemas) for line in _interface(name, schemas[name]))])


def _interface(name: str, schema: Told) -> Iterator[str]:
    yield f"export interface {name} {{"
    yield from _fields(schema, "  ")
    if schema.get("additionalProperties") is True:
        yield "  [more: string]: unknown;"
    yield "}\n"


def _fields(schema: Told, indent: str) -> Iterator[str]:
    needed = schema.get("required", [])
    for name, told in sorted(schema["properties"].items()):
        if "description" in told:
            yield f"{indent}/** {told['description'].replace('*/', '* /')} */"
        key = name if name.isidentifier() else json.dumps(name)
        yield f"{indent}{key}{'' if name in needed else '?'}: {_type(told)};"


def _type(told: Told) -> str:
    """The TypeScript type of a schema; NotImplementedError for a construct that the document has not had so far."""
    if "$ref" in told:
        return str(told["$ref"]).rpartition("/")[2]
    if "enum" in told:
        return " | ".join(json.dumps(choice) for choice in told["enum"])
    several = told.get("anyOf", told.get("oneOf"))
    if several:
        return " | ".join(map(_type, several))
    if "allOf" in told:
        return " & ".join(map(_type, told["allOf"]))
    kinds = told.get("type", "unknown")
    return " | ".join(_plain(kind, told) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _plain(kind: str, told: Told) -> str:
    if kind == "unknown" or kind in PLAIN:
        return PLAIN.get(kind, kind)
    if kind == "array":
        inner = _type(told.get("items", {}))
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if kind == "object" and "properties" in told:
        return "{ " + " ".join(_fields(told, "")) + " }"
    if kind == "object":
        rest = told.get("additionalProperties", {})
        return f"Record<string, {_type(rest) if isinstance(rest, Mapping) else 'unknown'}>"
    raise NotImplementedError(f"no TypeScript is known for {json.dumps(told)}")


def render_rules(document: Told) -> str:
    """By resource and field what the body of its POST says a value must be, as a TypeScript constant."""
    found = {}
    for path, item in sorted(document["paths"].items()):
        body = item.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        resource = path.removeprefix("/api/admin/")
        if "/" not in resource and "patch" in document["paths"].get(f"{path}/{{record_id}}", {}):
            found[resource] = dict(_rules(document["components"]["schemas"][_type(body["schema"])]))
    return f"{RULES_HEAD}{json.dumps(found, indent=2)};\n"


def _rules(schema: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    needed = schema.get("required", [])
    for name, told in sorted(schema["properties"].items()):
        rule = {ours: told[theirs] for theirs, ours in LIMITS.items() if theirs in told}
        if name in needed or rule:
            yield name, {"required": True, **rule} if name in needed else rule


def document() -> dict[str, Any]:
    """What GET /openapi.json answers, of an application on a folder that is thrown away."""
    from digisence import create_app

    with tempfile.TemporaryDirectory() as folder:
        answer = create_app(instance=folder).test_client().get("/openapi.json")
        return dict(answer.get_json())


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    told = document()
    TARGET.write_text(render(told))
    RULES.write_text(render_rules(told))
