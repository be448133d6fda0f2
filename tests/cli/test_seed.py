"""`digisence seed demo` fills an empty directory."""

import json

from flask import Flask
from sqlalchemy import func, select

from digisence.cli.output import USAGE
from digisence.extensions import db
from digisence.models import Business

from .conftest import Run


def test_adds_as_many_as_asked_and_nothing_twice(app: Flask, run: Run) -> None:
    found = run("seed", "demo", "--businesses", 12)
    assert found.exit_code == 0
    assert ["businesses", "12", "0"] in [line.split() for line in found.output.splitlines()]
    again = json.loads(run("seed", "demo", "--businesses", 12, "--json").stdout)
    assert (again["total"]["placed"], again["collections"]["businesses"]["present"]) == (0, 12)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Business)) == 12


def test_refuses_nonsense(run: Run) -> None:
    assert run("seed", "demo", "--businesses", 0).exit_code == USAGE
