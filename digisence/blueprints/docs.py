"""/docs: the API for people to read, from the same document as /openapi.json. No script, nothing from elsewhere."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from ..extensions import api

POLICY = "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

blp = Blueprint("docs", __name__, template_folder="pages")


@blp.get("/docs")
def page() -> Response:
    """Every operation by its tag, and every schema."""
    document = api.spec.to_dict()
    nonce = secrets.token_urlsafe(16)
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in _operations(document["paths"]):
        groups.setdefault(operation["tag"], []).append(operation)
    schemas = document["components"].get("schemas", {})
    told = {name: list(_fields(schema)) for name, schema in sorted(schemas.items())}
    response = make_response(
        render_template("docs.html", info=document["info"], groups=groups, schemas=told, nonce=nonce)
    )
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    return response


def _operations(paths: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            yield {
                "tag": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "parameters": operation.get("parameters", []),
                "body": _name(body),
                "responses": {
                    status: (
                        told.get("description", ""),
                        [_name(kind.get("schema", {})) for kind in told.get("content", {}).values()],
                    )
                    for status, told in operation.get("responses", {}).items()
                    if "$ref" not in told
                },
            }


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, told in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(told),
            "required": name in schema.get("required", []),
            "description": told.get("description", ""),
            "choices": [choice for choice in told.get("enum", []) if choice is not None],
            "example": told.get("example"),
        }


def _type(told: Mapping[str, Any]) -> str:
    if "items" in told:
        return f"list of {_type(told['items'])}"
    kinds = told.get("type", [])
    return " or ".join([kinds] if isinstance(kinds, str) else kinds) or _name(told) or "any JSON"


def _name(schema: Mapping[str, Any]) -> str:
    """The name of the component that a schema refers to."""
    several = schema.get("oneOf", schema.get("anyOf"))
    if several:
        return " or ".join(filter(None, map(_name, several)))
    return str(schema.get("$ref", "")).rpartition("/")[2]
