"""The tutorial is followed to the letter: its files are written, its commands typed, what it shows is seen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "write-a-rule.md"
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who follows the page in a folder of their own, with a digisence of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site = folder, folder / "site"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST", "DIGISENCE", "DATABASE", "REDIS"))
        }
        self.environment = kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DIGISENCE_INSTANCE": str(folder / "instance"),
            "PYTHONPATH": str(self.site),
            # `pip install .`, into a folder of the test's own, with what is here
            "PIP_TARGET": str(self.site), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        self.typed: list[str] = []

    def write(self, text: str) -> None:
        """A block that begins with a comment naming its file."""
        head, _, body = text.partition("\n")
        path = self.folder / head.removeprefix("# ")
        assert path.exists(), f"{path} is to be replaced, but is not there"
        path.write_text(body)

    def type(self, command: str, shown: list[str]) -> None:
        """A command, and what the page shows of its output: each line in turn, `…` for what it leaves out."""
        self.typed.append(command)
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return
        done = subprocess.run(
            command.split(), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        place = 0
        for line in (line for line in shown if line != "…"):
            found = re.compile(".*?".join(map(re.escape, line.split("…")))).search(said, place)
            assert found, f"{command} does not show {line!r}:\n{said[-4000:]}"
            place = found.end()
        assert done.returncode == 0 or "failed" in "".join(shown) or "findings" in command, said[-4000:]


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(GUIDE.read_text())


def commands(text: str) -> list[tuple[str, list[str]]]:
    """What is typed after each `$`, and what is shown until the next."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(part.splitlines()[0], part.splitlines()[1:]) for part in parts]


def test_following_the_page_leads_to_a_rule_at_work(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for kind, text in blocks():
        if kind == "python":
            reader.write(text)
            continue
        for command, shown in commands(text):
            reader.type(command, shown)
    assert reader.typed.count("pytest -q") == 3
    assert len(reader.typed) == 12
    assert (reader.site / "acme_rules.py").exists()


def test_a_line_that_is_not_shown_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="does not show 'nothing of the kind'"):
        Reader(tmp_path).type("digisence --version", ["nothing of the kind"])
