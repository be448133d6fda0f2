"""`digisence superadmin create` lets somebody in."""

import json

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.accounts import passwords
from digisence.cli.output import FINDINGS, USAGE
from digisence.extensions import db
from digisence.models import Change, User

from .conftest import Run

PASSWORD = "lantern orchard quartz"


def create(run: Run, email: str, password: str, *options: str):
    return run("superadmin", "create", email, "--password-stdin", *options, input=f"{password}\n")


def test_makes_one_who_can_sign_in(app: Flask, run: Run) -> None:
    found = create(run, "ada@example.org", PASSWORD, "--json")
    assert found.exit_code == 0
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert json.loads(found.stdout) == {"id": user.id, "email": "ada@example.org"}
        assert (user.role, user.is_active) == ("SUPER_ADMIN", True)
        assert passwords.verify(PASSWORD, user.password_hash)
        change = db.session.scalars(select(Change)).one()
        assert (change.action, change.actor, change.secrets) == (
            "created", "system:command-line", {"password": "changed"},
        )  # fmt: skip
    assert PASSWORD not in found.output


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [("ada@example.org", PASSWORD, FINDINGS), ("nobody", PASSWORD, USAGE), ("bob@example.org", "short", USAGE)],
)
def test_refuses(run: Run, email: str, password: str, code: int) -> None:
    create(run, "ada@example.org", PASSWORD)
    found = create(run, email, password)
    assert found.exit_code == code
    assert found.stderr.startswith("digisence: ")


def test_needs_a_terminal_or_the_option(run: Run) -> None:
    found = run("superadmin", "create", "ada@example.org")
    assert found.exit_code == USAGE
    assert "--password-stdin" in found.stderr
