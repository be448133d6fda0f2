"""`digisence import` says what it did, exactly."""

import json
from pathlib import Path

from digisence.cli.output import FINDINGS, USAGE

from .conftest import Run

SAMPLE = Path(__file__).parents[1] / "data" / "legacy-sample"


def test_the_table_and_the_remarks(run: Run) -> None:
    found = run("import", "legacy", SAMPLE)
    assert found.exit_code == 0, found.output
    rows = [line.split() for line in found.output.splitlines()]
    assert ["users", "39", "39", "0", "0", "0"] in rows
    assert ["products", "7", "0", "0", "7", "0"] in rows
    assert ["all", "143", "136", "0", "7", "0"] in rows
    assert "businesses: adminId leads nowhere in 2; kept as said." in found.output
    assert "products: 7 kept aside or in part: no resource takes this collection." in found.output
    assert "key.json was left alone" in found.output


def test_json_and_leftovers(run: Run) -> None:
    found = json.loads(run("import", "legacy", SAMPLE, "--json").stdout)
    key = json.loads((SAMPLE / "key.json").read_text())
    assert {name: figures["read"] for name, figures in found["collections"].items()} == key["counts"]
    assert found["total"] == {
        "read": 143, "placed": 136, "present": 0, "removed": 0, "aside": 7, "beside": 0, "malformed": 0,
    }  # fmt: skip
    assert found["dryRun"] is False
    left = json.loads(run("import", "leftovers", "--json", "--limit", 3).stdout)
    assert left["total"] == 7
    assert len(left["items"]) == 3
    assert left["items"][0]["document"]["_id"] == left["items"][0]["id"]
    assert "3 of 7 shown." in run("import", "leftovers", "--limit", 3, "--collection", "products").output
    assert run("import", "leftovers", "--collection", "users").output == "Nothing was left over.\n"


def test_a_dry_run_says_so(run: Run) -> None:
    found = run("import", "legacy", SAMPLE, "--dry-run")
    assert "nothing was written" in found.output
    assert run("import", "leftovers").output == "Nothing was left over.\n"


def test_a_malformed_line_is_named_and_the_exit_code_is_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('{"_id": "a", "email": "a@example.org"}\n{"_id": "b"\n')
    found = run("import", "legacy", tmp_path)
    assert found.exit_code == FINDINGS
    assert "users.json, line 2: not JSON" in found.output
    assert ["users", "2", "1", "0", "0", "1"] in [line.split() for line in found.output.splitlines()]


def test_no_dump_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, words in ((tmp_path / "none", "There is no folder"), (tmp_path / "empty", "holds no dump")):
        found = run("import", "legacy", folder)
        assert found.exit_code == USAGE
        assert found.stderr.startswith("digisence: ")
        assert words in found.stderr


def test_an_interruption_says_how_to_go_on(run: Run, monkeypatch) -> None:
    def stop(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("digisence.cli.legacy.import_dump", stop)
    found = run("import", "legacy", SAMPLE)
    assert (found.exit_code, found.stderr) == (
        130, "digisence: Stopped half-way. What was placed stays; run the same again to go on.\n",
    )  # fmt: skip
