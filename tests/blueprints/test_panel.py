"""The panel's page, its policy, its files; and that what was built is what is served, and small enough."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from digisence.blueprints import panel
from tests.panel import declared

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
pytestmark = SQLITE  # no database is asked

LARGEST_FIRST_LOAD = 220_000  # bytes, as a browser over HTTPS gets them: by brotli, styles included
NOT_FILES = ["assets/none.js", "../page.html", "%2e%2e/page.html", "..%2f..%2fconfig.py", ""]


def file(client: FlaskClient, name: str, **headers: str) -> Any:
    """The reply with a built file, read to its end and closed; headers by name with `_` for `-`."""
    reply = client.get(f"/static/{name}", headers={key.replace("_", "-"): value for key, value in headers.items()})
    reply.get_data()
    reply.close()
    return reply


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of our own, with one file in every form."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    entry = {"file": "assets/main-1.js", "css": ["assets/main-1.css"]}
    (folder / "manifest.json").write_text(json.dumps({panel.ENTRY: entry}))
    (folder / "assets" / "main-1.js").write_text("plain")
    (folder / "assets" / "main-1.js.br").write_bytes(b"by brotli")
    (folder / "assets" / "main-1.js.gz").write_bytes(b"by gzip")
    (folder / "realtime.js").write_text("export {}")
    (folder / "digisence-realtime-1.2.3.tgz").write_bytes(b"packed")
    monkeypatch.setattr(panel, "DIST", folder)
    return folder


@pytest.mark.parametrize(
    "address", [*declared(), "/set-password", "/records/businesses?page=2", "/records/businesses/b1"]
)
@pytest.mark.usefixtures("built")
def test_every_address_gives_the_page(client: FlaskClient, address: str) -> None:
    reply = client.get(address)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert '<script type="module" src="/static/assets/main-1.js"' in reply.text
    assert '<link rel="stylesheet" href="/static/assets/main-1.css">' in reply.text


@pytest.mark.usefixtures("built")
def test_the_policy_lets_in_only_what_carries_this_reply_s_nonce(client: FlaskClient) -> None:
    nonces = set()
    for _ in range(2):
        reply = client.get("/")
        policy = dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))
        nonce = re.search(r'nonce="([^"]+)"', reply.text)
        assert nonce is not None
        assert len(nonce[1]) >= 20
        nonces.add(nonce[1])
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": f"'self' 'nonce-{nonce[1]}'",
            "connect-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "default",
        }
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|style=", reply.text) == []
    assert len(nonces) == 2


@pytest.mark.usefixtures("built")
def test_an_address_the_panel_does_not_have_is_a_problem(client: FlaskClient) -> None:
    reply = client.get("/record/businesses")
    assert (reply.status_code, reply.json["code"]) == (404, "not-found")
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}
    shown = client.get("/record/businesses", headers=browser)
    assert (shown.status_code, shown.mimetype, "/static/assets/main-1.js" in shown.text) == (404, "text/html", True)
    for path in ("/api/nothing", "/static/assets/none.js"):
        assert client.get(path, headers=browser).json["code"] == "not-found"


def test_without_a_build_the_cure_is_told(client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "DIST", tmp_path / "nothing")
    reply = client.get("/")
    assert (reply.status_code, reply.json["code"]) == (503, "panel-not-built")
    assert "pip install" in reply.json["detail"]


@pytest.mark.parametrize(
    ("accepts", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"by brotli"),
        ("gzip, deflate", "gzip", b"by gzip"),
        ("br;q=0, gzip", "gzip", b"by gzip"),
        ("identity", None, b"plain"),
    ],
)
@pytest.mark.usefixtures("built")
def test_a_file_comes_in_the_smallest_form_the_browser_takes(
    client: FlaskClient, accepts: str, encoding: str | None, body: bytes
) -> None:
    reply = file(client, "assets/main-1.js", Accept_Encoding=accepts)
    assert (reply.headers.get("Content-Encoding"), reply.data) == (encoding, body)
    assert reply.mimetype == "text/javascript"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in reply.headers["Vary"]


@pytest.mark.usefixtures("built")
def test_the_transport_keeps_its_name_and_is_asked_about_each_time(client: FlaskClient) -> None:
    reply = file(client, "realtime.js")
    assert (reply.text, reply.mimetype, reply.headers["Cache-Control"]) == ("export {}", "text/javascript", "no-cache")
    again = file(client, "realtime.js", If_None_Match=reply.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.usefixtures("built")
def test_the_package_is_handed_out_as_it_was_packed(client: FlaskClient) -> None:
    reply = file(client, "digisence-realtime-1.2.3.tgz", Accept_Encoding="gzip, br")
    assert (reply.data, reply.mimetype, reply.content_encoding) == (b"packed", "application/gzip", None)
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", NOT_FILES)
@pytest.mark.usefixtures("built")
def test_nothing_but_built_files_is_served(client: FlaskClient, name: str) -> None:
    assert file(client, name).status_code == 404


def first_load() -> set[str]:
    """Every file that a browser must have before it draws: the entry, what it imports, and their styles."""
    manifest = json.loads((panel.DIST / "manifest.json").read_text())
    waiting, known = [panel.ENTRY], set()
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting.extend(manifest[name].get("imports", []))
    return {file for name in known for file in (manifest[name]["file"], *manifest[name].get("css", []))}


def test_the_real_build_is_whole_and_small(client: FlaskClient) -> None:
    page = client.get("/")
    named = set(re.findall(r"/static/([^\"]+)", page.text))
    assert len(named) == 2
    assert named <= first_load()
    sizes = {}
    for name in first_load():
        plain = file(client, name, Accept_Encoding="identity")
        packed = file(client, name, Accept_Encoding="gzip")
        assert gzip.decompress(packed.data) == plain.data
        sizes[name] = len(file(client, name, Accept_Encoding="br").data)
    assert sum(sizes.values()) + len(page.data) <= LARGEST_FIRST_LOAD, sizes
    transport = file(client, "realtime.js", Accept_Encoding="identity")
    assert re.search(r"export\s*\{[^}]*createRealtime", transport.text)
    assert "react" not in transport.text.lower()
