"""The guide for moving from the old platform, done step by step with the dump that is carried with the tests."""

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.blueprints.conftest import installed  # noqa: F401 a fixture
from tests.cli.conftest import Run, run  # noqa: F401 a fixture
from tests.importing.conftest import SAMPLE

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "move.md"
FINDINGS = 1  # the exit code of a run that found something


def steps() -> Iterator[tuple[list[str], list[str]]]:
    """Each command of the guide, and the lines that it is to print."""
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    for command in "".join(blocks).split("$ ")[1:]:
        first, *lines = command.splitlines()
        yield shlex.split(first), lines


def words(line: str) -> str:
    return " ".join(line.split())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dump in it, to work in."""
    place = tmp_path / "move"
    shutil.copytree(SAMPLE, place / "dump")
    monkeypatch.chdir(place)
    return place


@pytest.mark.usefixtures("installed")
def test_every_step_prints_what_the_guide_says(app: Flask, run: Run, folder: Path) -> None:  # noqa: F811
    commands = list(steps())
    assert len(commands) >= 8
    for (program, *arguments), lines in commands:
        assert program == "digisence"
        found = run(*arguments)
        assert found.exit_code in ((0, FINDINGS) if arguments[0] == "integrity" else (0,)), found.output
        printed = [words(line) for line in found.output.splitlines()]
        for line in lines:
            assert any(one.startswith(words(line)) for one in printed), f"{arguments}: {line!r} not in {found.output}"
    assert sorted(os.listdir(folder)) == ["dump", "users.csv"]
