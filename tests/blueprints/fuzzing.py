"""What a fuzzer needs to know: a directory with real ids to ask for, and what no JSON schema can tell."""

import re
import string
from datetime import datetime, timedelta, timezone
from typing import Any

import schemathesis
from hypothesis import strategies as st

from tests.blueprints.conftest import EMAIL, PASSWORD, Caller
from tests.blueprints.test_resource import BODIES, made

Document = dict[str, Any]
Ids = dict[str, list[str]]

LEFT_OUT = {
    "POST /api/auth/logout": "signs the caller out",
    "POST /api/auth/password": "ends the caller's session; test_auth.py changes passwords",
    "GET /api/admin/sse": "a stream that does not end; test_stream.py reads it",
    "GET /api/admin/ws": "becomes a WebSocket; test_websocket.py speaks on it",
    "POST /api/admin/selftest": "a minute of its own a call; test_selftest.py runs it",
}
REFERENCES = {
    "adminId": "users", "userId": "users", "businessId": "businesses", "professionalId": "professionals",
    "categoryId": "categories", "parentId": "categories", "assignedTo": "users", "reviewedBy": "users",
}  # fmt: skip
NAMED = {
    "user_id": "users", "mail_id": "mails", "entry_id": "quarantine", "import_id": "imports", "bulk_id": "bulk-actions",
    "check_id": "integrity/checks", "run_id": "integrity/runs", "job_id": "jobs", "session_id": "sessions",
}  # fmt: skip
# Beside the refusals that it names, an operation with a body may say that the body is broken, too large or no JSON
OF_BODIES = ("400", "413", "415")
DEFAULT = {"$ref": "#/components/responses/DEFAULT_ERROR"}

LABEL = st.text(string.ascii_lowercase, min_size=2, max_size=8)


def formats() -> None:
    """What the formats of the document mean here."""
    zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    first, last = datetime(1900, 1, 2), datetime(2999, 12, 30)  # noqa: DTZ001 - the zones are drawn
    times = st.datetimes(first, last, timezones=zones)
    schemathesis.openapi.format("date-time", times.map(datetime.isoformat))
    schemathesis.openapi.format("email", st.uuids().map(lambda drawn: f"{drawn.hex[:12]}@example.org"))
    schemathesis.openapi.format("uri", st.builds("https://{}.org/{}".format, LABEL, LABEL))


def directory(boss: Caller) -> Ids:
    """Some of everything that an address may name, by the word it goes by."""
    ids: Ids = {}
    for number in range(2):
        for resource, body in BODIES.items():
            other = {key: ids[value[1:]][number] for key, value in body.items() if value.startswith("$")}
            other |= {"email": f"{resource}{number}@example.org"} if "email" in body else {}
            ids.setdefault(resource, []).append(made(boss, resource, **other)["id"])
    gone = made(boss, "categories")["id"]
    boss.delete(f"categories/{gone}")
    boss.post("categories/bulk", {"action": "set", "ids": ids["categories"], "values": {"description": "x"}})
    boss.post("integrity/runs", {"dryRun": True})
    boss.post("jobs", {"name": "forget-sessions"})
    boss("POST", "categories/import", data=b"name\nBread\n", content_type="text/csv")
    boss.post(f"users/{ids['users'][0]}/invite")
    ids["caller"] = [boss.get("/api/auth/me").json["user"]["id"]]
    for word in sorted({*NAMED.values()} - {"users", "sessions"}):
        ids[word] = [str(item.get("id") or item.get("jobId")) for item in boss.get(word).json["items"]]
    return ids


def with_ids(document: Document, ids: Ids) -> Document:
    """The document as it stands, but offering real ids too, and no status that an operation does not name."""
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            for parameters in (item.get("parameters", []), operation.get("parameters", [])):
                _offer_in_path(path, parameters, ids)
            del operation["responses"]["default"]
            common = OF_BODIES if "requestBody" in operation else ("400",)
            operation["responses"] |= {status: DEFAULT for status in common if status not in operation["responses"]}
    shapes = document["components"]["schemas"]
    for name, shape in shapes.items():
        if name.endswith(("Create", "Patch", "Request", "Application", "Message")):
            _offer_in_body(shape.get("properties", {}), ids)
    shapes["BulkRequest"]["oneOf"] = [{"required": ["ids"]}, {"required": ["filter"]}]
    shapes["BulkRequest"]["properties"]["ids"]["items"] = {"enum": [one for name in BODIES for one in ids[name]]}
    shapes["BulkRequest"]["properties"]["filter"]["properties"] = {"isActive": {"type": "boolean"}}
    shapes["Reversion"]["properties"]["version"] = {"enum": [1]}
    shapes["RunRestoration"]["oneOf"] = [{"required": ["runId"]}, {"required": ["bulkId"]}]
    shapes["Assignment"]["properties"]["reviewer"] = {"enum": [ids["caller"][0]]}
    for name in ("OwnPassword", "TotpProof", "Login"):
        shapes[name]["properties"]["password"] = {"enum": [PASSWORD]}
    shapes["Login"]["properties"]["email"] = {"enum": [EMAIL]}
    shapes["JobRequest"]["properties"]["name"] = {"enum": ["forget-sessions", "compact-history"]}
    return document


def _offer_in_path(path: str, parameters: list[Document], ids: Ids) -> None:
    resource = path.removeprefix("/api/admin/").partition("/")[0]
    for parameter in parameters:
        known = ids.get(NAMED.get(parameter["name"], resource))
        if parameter["in"] == "path" and known:
            parameter["schema"] = {"type": "string", "enum": known}
        elif parameter["name"] in ("from", "to") and parameter["schema"].get("type") == "integer":
            parameter["schema"] = {"enum": [1]}


def _offer_in_body(properties: Document, ids: Ids) -> None:
    for name, word in REFERENCES.items():
        if name in properties:
            empty = [None] if "null" in properties[name].get("type", "") else []
            properties[name] = {"enum": [*ids[word], *empty]}


# Why the application refuses what the document's schema lets pass: things no schema can tell
UNSAYABLE = {
    "other records": (
        "(there is no (version|record|run|check|job|entry)|unknown:) .*",
        "does not fit together with the other fields",
        "a record cannot stand under itself",
        "must be the id of an active superadmin",
    ),
    "other fields": (
        "name at least one field to set",
        "name the records by ids or by filter.*",
        "is not among the ids",
        "(delete|activate|deactivate) takes none; .*",
        "belong to ids; a filter has none",
        ".* are neither active nor inactive",
        r"Missing data for required field\.",
        "is not asked of a (business|professional)",
        "name a business or a professional, one of the two",
        "must be (true|json, or csv without page and limit)",
        "cannot be combined with since",
        ".* is named twice",
    ),
    "what another schema says": (
        r"Unknown field\.|Not a valid (boolean|string)\.|Extra inputs are not permitted|cannot be written to",
        ".* has no settings",
        "is no (filter|column) .*",
        "write a text, true, false, null, a whole number .*",
    ),
    "sizes of spans": ("must lie before `to`", r"gives more than \d+ points.*"),
    "letters of any script": (
        "Write (a slug|an address) .*",
        r"May not be blank\.",
        "(Leave out|A text in the body holds|The address holds a NUL) .*",
        r"may have 200 characters and \d+ words",
    ),
    "the settings": (r"Use at least \d+ characters\.",),
    "the bytes of a file": (r"The file holds nothing\.", "Send text/csv, .*"),
    "what is stored": ("This link is not valid.*", "This code is wrong.*", ".* was changed meanwhile: .*"),
}
EXCUSED = re.compile("|".join(one for told in UNSAYABLE.values() for one in told), re.DOTALL)


def excused(problem: Any) -> bool:
    """Whether each thing that the application minds is one that no schema can tell."""
    if not isinstance(problem, dict):
        return False
    minded = [fault["message"] for fault in problem["errors"]] or [problem["detail"]]
    return all(EXCUSED.fullmatch(message) for message in minded)
