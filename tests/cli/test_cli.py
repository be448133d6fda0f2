"""The door: help that teaches, the same commands by either name, exit codes, and faults told in a sentence."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from digisence import cli
from digisence.cli import COMMANDS, MIGRATIONS, SECTIONS, command, shell
from digisence.cli.output import FAILED, USAGE
from digisence.cli.schema import group

from .conftest import Program, Run

ROOT = Path(__file__).parents[2]


def leaves(command: click.Command) -> list[click.Command]:
    if isinstance(command, click.Group):
        return [leaf for child in command.commands.values() for leaf in leaves(child)]
    return [command]


def commands() -> list[click.Command]:
    """All but the migrations."""
    return [found for name in COMMANDS if (found := command(name))]


def test_help_stands_in_sections_without_flasks_noise() -> None:
    result = CliRunner().invoke(shell(), ["--help"])
    assert result.exit_code == 0
    for title in SECTIONS:
        assert f"{title}:" in result.output
    words = result.output.split()
    assert not {"shell", "routes", "--app", "--env-file", "limiter"} & set(words)
    assert "Exit codes: 0 all well" in result.output


def test_every_command_tells_what_it_does_and_is_in_a_section() -> None:
    told = [name for names in SECTIONS.values() for name in names]
    assert sorted(told) == sorted([*COMMANDS, MIGRATIONS])
    for found in commands():
        for part in [found, *leaves(found)]:
            assert part.get_short_help_str(200), part.name


def test_every_command_takes_json() -> None:
    upgrade = group.commands["upgrade"]
    for part in [upgrade, *(leaf for found in commands() for leaf in leaves(found))]:
        assert any("--json" in option.opts for option in part.params), part.name


def test_an_upgrade_says_what_it_did(program: Program) -> None:
    first, second = program("db", "upgrade", "--json"), program("db", "upgrade")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    done = json.loads(first.stdout)
    assert done["before"] is None
    assert second.stdout == f"Nothing to do: the database is at {done['after']}.\n"


def test_every_file_of_commands_is_loaded_for_the_commands_it_declares() -> None:
    folder = Path(cli.__file__).parent
    for path in folder.glob("*.py"):
        if re.search(r"^commands\b.* = \[", path.read_text(), re.M):
            declared = {found.name for found in import_module(f"digisence.cli.{path.stem}").commands}
            assert declared == {name for name, modules in COMMANDS.items() if modules[0] == path.stem}
    every = {module for modules in COMMANDS.values() for module in modules}
    adding = {
        path.stem for path in folder.glob("*.py") if re.search(r"^@\w+\.(command|group)\(", path.read_text(), re.M)
    }
    assert adding <= every


def test_flasks_own_door_has_the_same_commands(tmp_path: Path) -> None:
    environment = {**os.environ, "DIGISENCE_INSTANCE": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "import", "leftovers", "--nonsense"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == USAGE
    assert "No such option" in found.stderr


def test_commands_of_extensions_stand_beside_ours(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["openapi", "--help"])
    assert found.exit_code == 0, found.output
    assert {"openapi", "doctor"} <= set(app.cli.list_commands(click.Context(app.cli)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("import", "nonsense"),
        ("import", "legacy"),
        ("seed", "demo", "--businesses", "x"),
    ],
)
def test_bad_usage_leaves_with_64(program: Program, arguments: tuple[str, ...]) -> None:
    found = program(*arguments)
    assert found.returncode == USAGE
    assert "Traceback" not in found.stderr
    assert "Error: " in found.stderr


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        ({"DATABASE_URL": "nix://x"}, USAGE, "DATABASE_URL cannot be used"),
        ({"DIGISENCE_PORT": "many"}, USAGE, "DIGISENCE_PORT"),
        ({"DIGISENCE_SECRET_KEY": "short"}, USAGE, "DIGISENCE_SECRET_KEY is shorter"),
        ({"DIGISENCE_INSTANCE": "/proc/none"}, USAGE, "Make the folder writable"),
        ({"DATABASE_URL": "postgresql://me:pass@localhost:1/none"}, FAILED, "does not answer"),
        ({"DATABASE_URL": "sqlite:////proc/none/file"}, FAILED, "does not answer"),
        ({}, FAILED, "Run `digisence db upgrade`"),
    ],
)
def test_a_fault_is_one_sentence_with_the_cure(
    program: Program, environment: dict[str, str], code: int, words: str
) -> None:
    found = program("import", "leftovers", **environment)
    assert found.returncode == code, found.stderr
    assert words in found.stderr
    assert found.stderr.startswith("digisence: ")
    assert len(found.stderr.strip().splitlines()) == 1
    assert "pass@" not in found.stderr


def test_redis_away_is_one_sentence_with_the_cure(program: Program) -> None:
    found = program("jobs", "list", REDIS_URL="redis://:hush@localhost:1/0")
    assert found.returncode == FAILED
    assert "does not answer" in found.stderr
    assert "hush" not in found.stderr
    assert "Traceback" not in found.stderr


def test_a_bug_shows_its_traceback_and_leaves_with_3(program: Program, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import digisence.cli.legacy as broken\n"
        "def burst(*_, **__): raise ZeroDivisionError('a bug')\n"
        "broken.leftovers = burst\n"
    )
    found = program("import", "leftovers", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert found.returncode == FAILED
    assert "ZeroDivisionError: a bug" in found.stderr


def test_version(program: Program) -> None:
    found = program("--version")
    assert (found.returncode, found.stdout.split()[0]) == (0, "digisence")


def test_help_needs_no_application(program: Program) -> None:
    found = program("import", "legacy", "--help", DATABASE_URL="nix://x")
    assert found.returncode == 0
    assert "mongoexport" in found.stdout


def test_commands_run_inside_a_given_app(app: Flask, run: Run) -> None:
    found = run("import", "leftovers")
    assert (found.exit_code, found.output) == (0, "Nothing was left over.\n")
