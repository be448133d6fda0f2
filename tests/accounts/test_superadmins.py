"""The first superadmin is made once, whoever starts at the same time."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.accounts import Client, create_superadmin, first_superadmin, sign_in
from digisence.changes import Context
from digisence.errors import Conflict, Invalid
from digisence.extensions import db
from digisence.models import Change, User
from tests.conftest import SECRET

from .conftest import Person

pytestmark = pytest.mark.usefixtures("context")
START = """
import sys
from digisence import create_app
from digisence.accounts import first_superadmin
app = create_app(instance=sys.argv[1], database_url=sys.argv[2], redis_url=sys.argv[3], secret_key=sys.argv[4])
with app.app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    print(first_superadmin())
"""


def test_the_first_superadmin_gets_a_one_time_password(capfd: pytest.CaptureFixture[str]) -> None:
    made = first_superadmin()
    assert made is not None
    email, password = made
    assert email == "superadmin@digisence.local"
    signed = sign_in(email, password, Client())
    assert (signed.user["role"], signed.user["mustChangePassword"]) == ("SUPER_ADMIN", True)
    change = db.session.scalars(select(Change).where(Change.action == "created")).one()
    assert (change.actor, change.record_id) == ("system:first-start", signed.user["id"])
    assert password not in str(change.after)
    out, err = capfd.readouterr()
    assert password not in out + err


def test_there_is_no_second_first_superadmin(person: Person) -> None:
    assert first_superadmin() is not None
    assert first_superadmin() is None


def test_an_imported_superadmin_is_enough(person: Person) -> None:
    person("boss@example.org")
    assert first_superadmin() is None
    assert len(db.session.scalars(select(User)).all()) == 1


def test_the_email_comes_from_the_settings(app: Flask) -> None:
    chosen = app.config["SETTINGS"].model_copy(update={"superadmin_email": "root@example.org"})
    made = first_superadmin(chosen)
    assert made is not None
    assert made[0] == "root@example.org"


def test_an_email_that_another_account_holds_is_refused_with_the_cure(person: Person) -> None:
    person("Superadmin@digisence.local", role="BUSINESS_ADMIN")
    with pytest.raises(Conflict, match="DIGISENCE_SUPERADMIN_EMAIL"):
        first_superadmin()


def test_of_processes_that_start_at_once_one_makes_it(database: str, redis_url: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", START, str(tmp_path), database, redis_url, SECRET]
    starts = [subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for start in starts:
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        start.stdin.write("go\n")
        start.stdin.flush()
    told = [start.communicate(timeout=60)[0].strip() for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert told.count("None") == 2
    assert len(db.session.scalars(select(User)).all()) == 1


def test_an_operator_makes_another(person: Person) -> None:
    user_id = create_superadmin(" Ben@example.org ", "four brown bears sleep", Context("system:cli"))
    signed = sign_in("ben@example.org", "four brown bears sleep", Client())
    assert (signed.user["id"], signed.user["email"]) == (user_id, "Ben@example.org")
    assert signed.user["mustChangePassword"] is False
    with pytest.raises(Conflict) as caught:
        create_superadmin("BEN@example.org", "four brown bears sleep", Context("system:cli"))
    assert caught.value.code == "email-taken"


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("ben", "four brown bears sleep", "email"),
        ("a b@c.d", "four brown bears sleep", "email"),
        ("b@c.d", "short", "password"),
    ],
)
def test_bad_input_is_named(email: str, password: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        create_superadmin(email, password, Context("system:cli"))
    assert list(caught.value.fields) == [field]
