"""The build hook: what makes it build, what does not, and what it says when npm fails."""

import json
from pathlib import Path

import pytest

import hatch_build
from hatch_build import Panel

ROOT = Path(hatch_build.__file__).parent


@pytest.fixture
def panel(tmp_path: Path) -> Panel:
    """A front end of one file, with a build that belongs to it."""
    made = Panel(tmp_path)
    made.source.mkdir()
    made.built.mkdir(parents=True)
    (made.source / "package-lock.json").write_text("{}")
    (made.source / "main.ts").write_text("export {}")
    made.stamp.write_text(made.fingerprint())
    return made


def test_what_belongs_to_the_sources_is_not_built_again(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Panel, "npm", lambda *_: pytest.fail("npm was run"))
    for ignored in ("node_modules/x/index.js", "test/main.test.ts", "dist/realtime/index.js", "README.md"):
        path = panel.source / ignored
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("anything")
    panel.build()


@pytest.mark.parametrize("change", ["package-lock.json", "main.ts", "src/new.ts"])
def test_a_change_is_built_once(panel: Panel, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    ran: list[str] = []
    monkeypatch.setattr(Panel, "npm", lambda _self, *words: ran.append(" ".join(words)))
    path = panel.source / change
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    panel.build()
    panel.build()
    assert ran == ["ci --ignore-scripts --no-audit --no-fund --omit=dev", "run build"]


def test_a_renamed_file_is_a_change(panel: Panel) -> None:
    (panel.source / "main.ts").rename(panel.source / "other.ts")
    assert not panel.fresh()


def test_a_failing_npm_leaves_no_stamp_and_tells_the_cure(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (panel.source / "package.json").write_text('{"name": "broken", "dependencies": {"not-in-the-lock": "1.0.0"}}')
    with pytest.raises(SystemExit, match=r"`npm ci .*` failed .*npm config set registry"):
        panel.build()
    assert not panel.fresh()
    assert "npm" in capfd.readouterr().err


def test_the_lock_holds_no_download_address() -> None:
    lock = (ROOT / "frontend" / "package-lock.json").read_text()
    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock


def test_versions_are_pinned() -> None:
    package = json.loads((ROOT / "frontend" / "package.json").read_text())
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert version.rpartition("@")[2][0].isdigit(), name
