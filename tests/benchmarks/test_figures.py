"""Each benchmark can be started and says what it measures; what it measures decides no test."""

import importlib
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import FIGURES

FOLDER = Path(report.__file__).parent


@pytest.mark.parametrize("name", FIGURES)
def test_says_how_to_run_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"benchmarks.{name}").main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"python -m benchmarks.{name}" in told
    assert "--repeats" in told


def test_all_that_can_be_run_are_listed() -> None:
    runnable = {path.stem for path in FOLDER.glob("*.py") if "report.options(" in path.read_text()}
    assert runnable == set(FIGURES)


def test_a_table_is_markdown() -> None:
    table = report.Table("Title", ["a", "b", "c"], [[1000, 0.5, None], ["x", 1234.5, 15.04]], ["a note"])
    assert table.markdown() == (
        "## Title\n\n| a | b | c |\n| --- | --- | --- |\n| 1,000 | 0.50 | - |\n| x | 1,234 | 15.0 |\n\n- a note\n"
    )


def test_a_quantile_is_a_value_that_was_seen() -> None:
    assert [report.quantile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 2.0, 3.0]
