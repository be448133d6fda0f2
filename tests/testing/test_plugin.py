"""Whoever merely has digisence installed notices nothing of its pytest plugin."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from digisence.testing.plugin import OPTION, VARIABLE

HEAVY = ("flask", "pydantic", "sqlalchemy", "rq")


def test_pytest_finds_it() -> None:
    assert [entry.value for entry in entry_points(group="pytest11", name="digisence")] == ["digisence.testing.plugin"]


def test_loading_it_imports_nothing_of_the_product() -> None:
    asked = f"import sys, digisence.testing, digisence.testing.plugin; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_others_tests_pass_as_they_did_and_only_the_help_is_longer(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        "import sys\n\ndef test_x():\n    assert 'sqlalchemy' not in sys.modules and 'digisence.testing.seed' not in sys.modules\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:flask",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    told = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert OPTION in told
    assert VARIABLE in told
