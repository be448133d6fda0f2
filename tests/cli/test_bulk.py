"""What operators see of bulk actions, and how they undo one."""

import json

import pytest
from flask import Flask

from digisence import records
from digisence.changes import Context
from digisence.models import Category
from digisence.records import carrying, ledger
from tests.cli.conftest import Run

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
ME = Context("user:me")


@pytest.fixture
def deleted(app: Flask) -> str:
    """A bulk action that deleted two categories and did not find a third."""
    with app.app_context():
        ids = [records.create(Category, {"name": name, "slug": name.lower()}, ME).id for name in ("Food", "Art")]
        bulk_id, _ = ledger.open_(Category, {"action": "delete", "ids": [*ids, "nothing"]}, ME)
        carrying.carry_out(bulk_id)
    return bulk_id


def test_they_are_listed_and_shown_with_what_became_of_each_record(run: Run, deleted: str) -> None:
    (listed,) = json.loads(run("bulk", "list", "--json").stdout)["items"]
    assert (listed["id"], listed["state"], listed["done"], listed["failed"]) == (deleted, "done", 2, 1)
    assert deleted in run("bulk", "list").stdout
    shown = run("bulk", "show", deleted, "--json")
    assert (shown.exit_code, [item["state"] for item in json.loads(shown.stdout)["items"]]) == (
        1,
        ["done", "done", "failed"],
    )
    assert "'nothing'" in run("bulk", "show", deleted, "--result", "failed").stdout
    unknown = run("bulk", "show", "x")
    assert (unknown.exit_code, "'x'" in unknown.stderr) == (64, True)


def test_one_is_undone_and_what_is_in_the_way_is_said(app: Flask, run: Run, deleted: str) -> None:
    with app.app_context():
        records.create(Category, {"name": "Other", "slug": "food"}, ME)
    undone = run("bulk", "undo", deleted)
    assert (undone.exit_code, undone.stdout) == (1, "1 put back, 1 not.\n")
    assert "food" in undone.stderr
    again = run("bulk", "undo", deleted, "--json")
    assert (again.exit_code, len(json.loads(again.stdout)["done"])) == (1, 1)
    entries = json.loads(run("quarantine", "list", "--bulk", deleted, "--json").stdout)["items"]
    assert [entry["snapshot"]["slug"] for entry in entries] == ["food"]
    refused = run("quarantine", "restore", "--bulk", deleted, "--run", "x")
    assert refused.exit_code == 64
    assert run("quarantine", "restore", "--bulk", deleted).exit_code == 1
