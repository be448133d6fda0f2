"""Each plugin's own tests, and those that the scaffold writes, pass on what pip installed, on both databases."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ENGINES

from .conftest import FOLDERS, PLUGINS

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
CLAUSES = 10
CONTRACTS = {"test_contact_quality": 6, "test_category_tree": 4, "test_registrations": 4, "test_acme_rules": 1}


def pytest_in(folder: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """pytest as an author runs it, without what this run has in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DIGISENCE"))}
    return subprocess.run(
        [*PYTEST, *arguments], cwd=folder, env={**kept, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def passed(
    site: Path, scaffolded: Path, postgresql: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """Names of the tests that passed, by module: one run over all four, against what is installed."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "pytest.ini").write_text("[pytest]\n")
    suites = [str(PLUGINS / name / "tests") for name in FOLDERS] + [str(scaffolded / "tests")]
    arguments = [
        "-c",
        str(folder / "pytest.ini"),
        "--junitxml",
        "told.xml",
        "--digisence-database",
        postgresql,
        *suites,
    ]
    done = pytest_in(folder, *arguments, path=str(site))
    assert done.returncode == 0, done.stdout[-4000:]
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(folder / "told.xml").iter("testcase"):
        module = next(part for part in case.get("classname", "").split(".") if part.startswith("test_"))
        found.setdefault(module, []).append(f"{case.get('classname')}.{case.get('name')}")
    return found


@pytest.mark.parametrize("module", CONTRACTS)
def test_each_rule_keeps_the_contract_on_both_databases(passed: dict[str, list[str]], module: str) -> None:
    for engine in ENGINES:
        kept = [name for name in passed[module] if ".Test" in name and name.endswith(f"[{engine}]")]
        assert len(kept) == CONTRACTS[module] * CLAUSES


def test_phones_are_judged_as_phonenumbers_judges_them_on_both_databases(passed: dict[str, list[str]]) -> None:
    assert len([name for name in passed["test_phones"] if "agrees" in name]) == len(ENGINES)
