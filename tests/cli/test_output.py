"""Tables, JSON and progress look right whoever reads them."""

import json
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from digisence.cli import output

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def printed(*arguments: object, call: object) -> str:
    @click.command()
    def command() -> None:
        call(*arguments)  # type: ignore[operator]

    result = CliRunner().invoke(command)
    assert result.exception is None
    return result.stdout


def test_a_table_keeps_every_cell_as_it_is() -> None:
    text = printed(
        ("name", "n", "when", "ok"), [("[bold]x[/]", 7, MOMENT, True), (None, 12, None, False)], call=output.table
    )
    assert "[bold]x[/]" in text
    assert "2026-01-02T03:04:05.678Z" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["12", "no"] in rows
    assert {line.index("7") for line in text.splitlines() if "[bold]" in line} == {
        line.index("12") + 1 for line in text.splitlines() if "12" in line
    }


def test_an_empty_table_has_its_head() -> None:
    assert printed(("name",), [], call=output.table).split()[0] == "name"


def test_one_is_not_many() -> None:
    assert [output.counted(number, "rule") for number in (0, 1, 2, 1200)] == [
        "0 rules",
        "1 rule",
        "2 rules",
        "1,200 rules",
    ]


def test_json_has_times_in_the_wires_form() -> None:
    assert json.loads(printed({"at": MOMENT, 1: [None]}, call=output.emit)) == {
        "at": "2026-01-02T03:04:05.678Z",
        "1": [None],
    }
    assert printed({"at": MOMENT}, call=output.emit_line) == '{"at":"2026-01-02T03:04:05.678Z"}\n'


def test_a_failure_is_a_sentence_on_stderr_with_its_code() -> None:
    @click.command()
    def command() -> None:
        raise output.Failure("It broke. Mend it.", 7)

    result = CliRunner().invoke(command)
    assert (result.exit_code, result.stdout, result.stderr) == (7, "", "digisence: It broke. Mend it.\n")


def test_progress_is_silent_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with output.progress("Working", 3) as advance:
        advance(3)
    assert capfd.readouterr() == ("", "")
