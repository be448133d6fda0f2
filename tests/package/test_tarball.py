"""What is in the package: what its manifest promises, nothing of React where none is needed, and not too much of it."""

import json
import re
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.package.consumer import ROOT, Consumer

REFERENCE = ROOT / "docs" / "reference" / "browser-client.md"
# What a page imports, and how many bytes that may cost it: with TanStack Query's core, without React, minified, by brotli
BUDGETS = {
    'export { useRealtimeData } from "@digisence/realtime"': 25_000,
    'export * from "@digisence/realtime"': 25_600,
    'export * from "@digisence/realtime/core"': 25_000,
    'export * from "@digisence/realtime/debug"': 31_000,
}


@pytest.fixture(scope="module")
def files(tarball: Path) -> dict[str, str]:
    """Every file in it with its text, by path."""
    with tarfile.open(tarball) as packed:
        return {
            name.removeprefix("package/"): packed.extractfile(name).read().decode()  # type: ignore[union-attr]
            for name in packed.getnames()
        }


@pytest.fixture(scope="module")
def manifest(files: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(files["package.json"]))


def needed(files: dict[str, str], start: str) -> set[str]:
    """The modules that one module brings along, those of other packages by name."""
    todo, found = [start], set[str]()
    while todo:
        path = todo.pop()
        for name in re.findall(r'^(?:import|export)\b[^"]*"([^"]+)"', files[path], re.MULTILINE):
            near = (Path("/") / Path(path).parent / name).as_posix()
            target = str(Path(near).resolve())[1:] if name.startswith(".") else name
            if target not in found:
                found.add(target)
                todo += [target] if name.startswith(".") else []
    return found


def test_all_parts_have_one_version(manifest: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    frontend = json.loads((ROOT / "frontend" / "package.json").read_text())
    assert manifest["version"] == frontend["version"] == project["version"]
    assert manifest["dependencies"] == {"@tanstack/query-core": f"^{frontend['dependencies']['@tanstack/query-core']}"}


def test_what_the_manifest_names_is_there(files: dict[str, str], manifest: dict[str, Any]) -> None:
    named = [
        path
        for entry in manifest["exports"].values()
        for path in (entry.values() if isinstance(entry, dict) else [entry])
    ]
    assert {path.removeprefix("./") for path in [*named, manifest["main"], manifest["types"]]} <= files.keys()
    assert {"README.md", "LICENSE"} <= files.keys()
    assert not [name for name in files if not name.endswith((".js", ".d.ts", ".md", "package.json", "LICENSE"))]


def test_react_is_needed_only_by_what_draws(files: dict[str, str], manifest: dict[str, Any]) -> None:
    assert manifest["peerDependenciesMeta"] == {"react": {"optional": True}}
    assert manifest["peerDependencies"] == {"react": ">=18 <20"}
    outside = {
        start: {name for name in needed(files, start) if name not in files}
        for start in ("core.js", "index.js", "debug.js")
    }
    assert outside["core.js"] == {"@tanstack/query-core"}
    assert outside["index.js"] == {"@tanstack/query-core", "react", "react/jsx-runtime"}
    assert outside["debug.js"] == outside["index.js"]


def test_one_context_for_the_hooks_and_the_debug_view(files: dict[str, str]) -> None:
    holders = [name for name, text in files.items() if name.endswith(".js") and "createContext(" in text]
    assert len(holders) == 1
    assert all(holders[0] in needed(files, start) for start in ("index.js", "debug.js"))


@pytest.mark.parametrize("imported", BUDGETS)
def test_is_light(tarball: Path, tmp_path: Path, imported: str, capsys: pytest.CaptureFixture[str]) -> None:
    consumer = Consumer(tmp_path / "application", tarball, "bare")
    module = consumer.folder / "page.mjs"
    module.write_text(imported)
    weighed = json.loads(consumer.run(str(ROOT / "frontend" / "test" / "package" / "weigh.mjs"), str(module)))
    with capsys.disabled():
        sys.stdout.write(f"\n{imported}: {weighed['whole']}, without TanStack Query {weighed['own']}\n")
    assert weighed["whole"]["brotli"] <= BUDGETS[imported]
    told = re.findall(r"\| (\d+\.\d) \| (\d+\.\d) \|$", REFERENCE.read_text(), re.MULTILINE)[
        list(BUDGETS).index(imported)
    ]
    assert [float(kilobytes) * 1000 for kilobytes in told] == pytest.approx(
        [weighed[part]["brotli"] for part in ("whole", "own")], abs=300
    )
