"""The document says what the API does, and people can read it."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from digisence.models import RECORDS
from digisence.models.wire import public
from tests.blueprints.conftest import Caller
from tests.blueprints.test_resource import made


def test_every_resource_has_its_schemas_by_name(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    schemas = document["components"]["schemas"]
    for resource, model in RECORDS.items():
        name = model.__name__
        assert {name, f"{name}Create", f"{name}Patch", f"{name}List"} <= set(schemas)
        told = schemas[name]
        assert set(told["properties"]) == {field.name for field in public(model)} == set(told["required"])
        assert schemas[f"{name}List"]["properties"]["items"]["items"] == {"$ref": f"#/components/schemas/{name}"}
        assert all("example" in told["properties"][key] for key in ("id", "createdAt", "version"))
        paths = document["paths"]
        assert set(paths[f"/api/admin/{resource}"]) == {"get", "post"}
        assert {"get", "patch", "delete"} <= set(paths[f"/api/admin/{resource}/{{record_id}}"])
        body = paths[f"/api/admin/{resource}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{name}Create"}
        offered = {parameter["name"] for parameter in paths[f"/api/admin/{resource}"]["get"]["parameters"]}
        assert {field.name for field in public(model) if field.wire.filter} <= offered
        assert {"page", "limit", "search", "sort", "since"} <= offered
    assert "Problem" in schemas
    assert "Error" not in schemas


def test_every_refusal_is_documented_as_a_problem(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    for path, item in document["paths"].items():
        if not path.startswith(tuple(f"/api/admin/{resource}" for resource in RECORDS)):
            continue
        for method in item.keys() - {"parameters"}:
            refusals = {status: told for status, told in item[method]["responses"].items() if status.startswith("4")}
            assert {"401", "403"} <= set(refusals)
            for told in refusals.values():
                assert told["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }


def conforms(value: Any, schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    names = {
        "string": str, "boolean": bool, "integer": int, "null": type(None), "object": dict, "array": list,
    }  # fmt: skip
    return not kinds or isinstance(value, tuple(names[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)))


def test_what_is_sent_is_what_the_document_says(app: Flask, boss: Caller) -> None:
    schemas = boss.get("/openapi.json").json["components"]["schemas"]
    for resource, model in RECORDS.items():
        email = (
            {"email": f"{resource}@example.org"} if "email" in schemas[f"{model.__name__}Create"]["properties"] else {}
        )
        admin = made(boss, "users", email=f"admin-of-{resource}@example.org")["id"]
        needs = {"adminId": admin} if "adminId" in schemas[model.__name__]["properties"] else {}
        if resource == "inquiries":
            needs = {"businessId": made(boss, "businesses", adminId=admin)["id"]}
        record = made(boss, resource, **email, **needs)
        told = schemas[model.__name__]["properties"]
        assert [name for name, value in record.items() if not conforms(value, told[name])] == []


def test_the_page_for_people_lists_every_operation_without_a_script(client: FlaskClient) -> None:
    reply = client.get("/docs")
    assert reply.status_code == 200
    policy = reply.headers["Content-Security-Policy"]
    nonce = re.search(r"style-src 'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'<style nonce="{nonce[1]}">' in reply.text
    assert "<script" not in reply.text
    assert "unsafe" not in policy
    for path in client.get("/openapi.json").json["paths"]:
        assert path in reply.text
    assert "BusinessPatch" in reply.text
