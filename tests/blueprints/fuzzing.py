"""What a fuzzer needs to know: a directory with real ids to ask for, an order, and what no JSON schema can tell."""

import re
import string
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import schemathesis
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from digisence.jobs import transfer
from tests.blueprints.conftest import EMAIL, PASSWORD, Caller, sign_in
from tests.blueprints.test_resource import BODIES, made
from tests.conftest import ENGINES

Document = dict[str, Any]
Ids = dict[str, list[str]]

LEFT_OUT = {
    "POST /api/auth/logout": "signs the caller out",
    "POST /api/auth/password": "ends the caller's session; test_auth.py changes passwords",
    "GET /api/admin/sse": "a stream that does not end; test_stream.py reads it",
    "GET /api/admin/ws": "becomes a WebSocket; test_websocket.py speaks on it",
    "POST /api/admin/selftest": "a minute of its own a call; test_selftest.py runs it",
}
NEVER = {  # what does not succeed here, and why
    "DELETE /api/admin/realtime/connections/{connection_id}": "needs a stream; test_realtime.py",
    "DELETE /api/admin/users/{user_id}/totp": "needs a second factor; test_totp.py",
    "GET /api/admin/integrity/breakers/{check_id}/records": "needs a tripped breaker; test_integrity.py",
    "POST /api/admin/integrity/breakers/{check_id}/acknowledge": "needs a tripped breaker; test_integrity.py",
    "POST /api/auth/refresh": "reads a cookie; test_auth.py",
    "POST /api/auth/set-password": "needs the link of a mail; test_passwords.py",
    "POST /api/auth/totp/confirm": "needs a code of this moment; test_totp.py",
    "POST /api/auth/totp/off": "as above",
    "POST /api/auth/totp/recovery-codes": "as above",
}
ORDER = ("get", "post", "put", "patch", "delete", "bulk")
MADE = ("", "bulk", "export", "import", *(f"{{record_id}}{more}" for more in ("", "/history", "/diff", "/revert")))
SPARE = 8  # users whom no profile has yet
STEPS = {  # the steps of a review, each with what comes before it
    "registration-inquiries": {"review": [], "assign": [], "approve": [], "reject": [], "reopen": ["reject"]},
    "business-listing-inquiries": {
        "review": [], "assign": [], "approve": [], "complete": ["approve"], "reject": [], "reopen": ["approve"],
    },
}  # fmt: skip
NAMED = {
    "user_id": "users", "mail_id": "mails", "entry_id": "quarantine", "import_id": "imports", "bulk_id": "bulk-actions",
    "check_id": "integrity/checks", "run_id": "integrity/runs", "job_id": "jobs", "session_id": "sessions",
}  # fmt: skip
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
    """Some of everything that an address may name, by the word it goes by, or by path and name of the parameter."""
    ids: Ids = {}
    for number in range(2):
        for resource, body in BODIES.items():
            other = {key: ids[value[1:]][number] for key, value in body.items() if value.startswith("$")}
            other |= {"email": f"{resource}{number}@example.org"} if "email" in body else {}
            ids.setdefault(resource, []).append(made(boss, resource, **other)["id"])
    ids["spare"] = [made(boss, "users", email=f"spare{number}@example.org")["id"] for number in range(SPARE)]
    ids["caller"] = [boss.get("/api/auth/me").json["user"]["id"]]
    _take_away(boss, ids)
    boss.post("integrity/runs", {"dryRun": True})
    boss.post("jobs", {"name": "forget-sessions"})
    boss.post(f"users/{ids['users'][0]}/invite")
    for prepare in (_bring_in, _review, _sign_in):
        ids |= prepare(boss)
    for word in sorted({*NAMED.values()} - {"users", "sessions"}):
        ids[word] = [str(item.get("id") or item.get("jobId")) for item in boss.get(word).json["items"]]
    return ids


def _take_away(boss: Caller, ids: Ids) -> None:
    gone = [made(boss, "categories")["id"] for _ in range(2)]
    boss.delete(f"categories/{gone[0]}")
    boss.post("categories/bulk", {"action": "set", "ids": ids["categories"], "values": {"description": "x"}})
    ids["taken"] = [boss.post("categories/bulk", {"action": "delete", "ids": gone[1:]}).json["bulkId"]]


def _bring_in(boss: Caller) -> Ids:
    """Imports: one that waits, and a preview that has ended."""
    sent = [
        boss("POST", f"categories/import{query}", data=b"name\nBread\n", content_type="text/csv").json["id"]
        for query in ("", "?dryRun=true")
    ]
    with boss.client.application.app_context():
        transfer.run(sent[1])
    return {"/api/admin/imports/{import_id}/apply import_id": sent[1:]}


def _review(boss: Caller) -> Ids:
    """An application for each step of a review, ready for it."""
    ids: Ids = {}
    for resource, steps in STEPS.items():
        for step, before in steps.items():
            sure = {"termsAccepted": True} if resource == "registration-inquiries" else {}
            record_id = made(boss, resource, email=f"{step}@example.org", businessName="Bee", **sure)["id"]
            for earlier in before:
                body = {"reason": "x"} if earlier == "reject" else None
                assert boss.post(f"{resource}/{record_id}/{earlier}", body).status_code == 200
            ids[f"/api/admin/{resource}/{{record_id}}/{step} record_id"] = [record_id]
    return ids


def _sign_in(boss: Caller) -> Ids:
    """Other sign-ins: the caller's own, and those of somebody else."""
    other = made(boss, "users", email="signed@example.org", password=PASSWORD)["id"]
    for email in (EMAIL, "signed@example.org"):
        assert sign_in(boss.client.application.test_client(), email).status_code == 200
    mine = [one["id"] for one in boss.get("/api/auth/sessions").json["items"] if not one["current"]]
    theirs = [one["id"] for one in boss.get(f"users/{other}/sessions").json["items"]]
    place = "/api/admin/users/{user_id}/sessions/{session_id}"
    return {"sessions": mine, f"{place} user_id": [other], f"{place} session_id": theirs}


def turn(operation: Any) -> tuple[int, int, int]:
    """When an operation is called: what takes records away comes last, what takes others along last of all."""
    word = "bulk" if operation.label.endswith("/bulk") else operation.method
    takes_along = ("inquir", "businesses", "professionals", "categories", "users")
    last = next((place for place, name in enumerate(takes_along) if name in operation.path), 0)
    return ORDER.index(word), -operation.path.count("/"), last


def keeps_to_the_document(operation: Any, address: str) -> bool:
    """Whether a request without a body was sent in order: what broke its schema need not have reached the address.
    An empty object becomes no parameter, `false` in a list of texts a text.
    """
    told = {one.name: one.definition["schema"] for one in operation.query}
    sent = parse_qs(urlsplit(address).query, keep_blank_values=True)
    if operation.body or not sent.keys() <= told.keys():
        return False
    return all(len(values) == 1 and _valid(told[name], values[0]) for name, values in sent.items())


def _valid(schema: Document, text: str) -> bool:
    kind = schema.get("type")
    value: Any = text.split(",") if kind == "array" else text
    if kind == "integer" and text.isascii() and text.isdigit():
        value = int(text)
    return Draft202012Validator(schema).is_valid(value)


def its_turn(operation: Any, seed: str, engine_name: str) -> bool:
    """Whether a short run calls it. What one factory makes of all resources is tried on every second of them, on the
    other database on the others.
    """
    resource, _, rest = operation.path.removeprefix("/api/admin/").partition("/")
    if resource not in BODIES or rest not in MADE:
        return True
    place = [*BODIES].index(resource) + crc32(f"{seed} {operation.method} {rest}".encode())
    return place % 2 == ENGINES.index(engine_name)


# Why the application refuses what the document's schema lets pass: things no schema can tell
UNSAYABLE = {
    "other records": (
        "(there is no (version|record|run|check|job|entry)|unknown:) .*",
        "does not fit together with the other fields",
        "a record cannot stand under itself",
        "must be the id of an active superadmin",
    ),
    "other fields": (
        "name the records by ids or by filter.*",
        "is not among the ids",
        ".* are neither active nor inactive",
        r"Missing data for required field\.",
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
        r"Write whole numbers beyond 2\^53 as text\.",
    ),
    "where the feed stands": (".* is not a position of this feed.*",),
    "sizes of spans": ("must lie before `to`", r"gives more than \d+ points.*"),
    "letters of any script": (
        "Write (a slug|an address) .*",
        r"May not be blank\.",
        "(Leave out|A text in the body holds|The address holds a NUL) .*",
        r"may have 200 characters and \d+ words",
    ),
    "the settings": (
        "This is too easy to guess: .*",
        r"Use at least \d+ characters\.",
    ),
    "the bytes of a file": (r"The file cannot be read\. .*", r"The file holds nothing\.", "Send text/csv, .*"),
    "what is stored": (
        "This link is not valid.*",
        "This code is wrong.*",
        ".* was changed meanwhile: .*",
        "was changed meanwhile",
    ),
}
EXCUSED = re.compile("|".join(one for told in UNSAYABLE.values() for one in told), re.DOTALL)


def excused(problem: Any) -> bool:
    """Whether each thing that the application minds is one that no schema can tell."""
    if not isinstance(problem, dict):
        return False
    minded = [fault["message"] for fault in problem["errors"]] or [problem["detail"]]
    return all(EXCUSED.fullmatch(message) for message in minded)
