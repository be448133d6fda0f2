"""The commands about users and their rights, and the purge that needs one."""

import json
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from digisence import records
from digisence.accounts import Client, create_superadmin, second_factor
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.extensions import db
from digisence.models import Business, Change, Grant, Mail, QuarantineEntry, User
from digisence.records import purging

ME = Context("system:test")
PASSWORD = "correct horse battery staple"


def told(app: Flask, *words: str, ends: int = 0, **options: Any) -> Any:
    """The JSON that a command prints; it must end with the exit code `ends`."""
    done = app.test_cli_runner().invoke(args=[*words, "--json"], **options)
    assert done.exit_code == ends, done.output
    return json.loads(done.stdout) if not ends else done.output


@pytest.fixture
def aged(app: Flask) -> str:
    """A user with a business, set aside 31 days ago, and one set aside 29 days ago; the first entry's id."""
    with app.app_context():
        create_superadmin("root@example.org", PASSWORD, ME)
        placed = []
        for name, days in (("ann", 31), ("bob", 29)):
            owner = records.create(User, {"email": f"{name}@example.org"}, ME)
            records.create(Business, {"name": name.title(), "admin_id": owner.id}, ME)
            entry = records.delete(User, owner.id, ME)
            placed.append(entry.id)
            with unit_of_work(ME) as session:
                aged = {"placed_at": utcnow() - timedelta(days=days)}
                session.execute(update(QuarantineEntry).where(QuarantineEntry.id == entry.id).values(aged))
        return placed[0]


def test_a_purge_is_told_first_and_done_only_by_whom_it_was_granted(app: Flask, aged: str) -> None:
    def purge(*words: str, **options: Any) -> Any:
        return told(app, "quarantine", "purge", *words, **options)

    preview = purge()
    assert ([item["id"] for item in preview["items"]], preview["due"], preview["purged"]) == ([aged], 1, [])
    assert "--as EMAIL" in purge("--for-good", ends=64)
    who = ("--for-good", "--as", "root@example.org", "--password-stdin")
    assert "users grant" in purge(*who, ends=1, input=PASSWORD)
    assert told(app, "users", "grant", "root@example.org", "purge")["changed"] is True
    assert told(app, "users", "grant", "root@example.org", "purge")["changed"] is False
    assert "wrong" in purge(*who, ends=1, input="another password")
    assert told(app, "users", "list", "--role", "SUPER_ADMIN")["items"][0]["rights"] == ["purge"]
    done = purge(*who, input=PASSWORD)
    assert (done["purged"], purge()["due"]) == ([aged], 0)
    assert told(app, "users", "grant", "root@example.org", "purge", "--revoke")["changed"] is True
    with app.app_context():
        root = db.session.scalar(select(User.id).where(User.email == "root@example.org"))
        query = select(Change.resource, Change.version, Change.actor).where(Change.action == "purged")
        found = [tuple(row) for row in db.session.execute(query.order_by(Change.id))]
        assert found == [("users", 3, f"user:{root}"), ("businesses", 3, f"user:{root}")]
        assert db.session.scalars(select(Grant)).all() == []
        noted = select(Change.action, Change.actor, Change.after).where(Change.record_id == root, Change.version == 0)
        told_of = [tuple(row) for row in db.session.execute(noted.order_by(Change.id))]
        right = ("system:command-line", {"right": "purge"})
        assert told_of == [("right-granted", *right), ("right-revoked", *right)]  # once each, though asked for twice


def test_neither_the_young_nor_the_restored_nor_too_many_go_whatever_the_setting(app: Flask, aged: str) -> None:
    with app.app_context():
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"quarantine_days": 1})
        assert purging.days() == 30
        every = [str(one) for one in db.session.scalars(select(QuarantineEntry.id))]
        records.quarantine.restore(aged, ME)
        assert purging.purge(every, ME).gone == []
        assert db.session.query(QuarantineEntry).count() == 2
        assert db.session.query(Change).filter_by(action="purged").count() == 0
        with pytest.raises(ValueError, match="at most"):
            purging.purge(["x"] * (purging.MOST + 1), ME)


def test_a_disabled_user_is_signed_out_and_the_last_superadmin_stays(app: Flask) -> None:
    with app.app_context():
        create_superadmin("root@example.org", PASSWORD, ME)
        create_superadmin("ann@example.org", PASSWORD, ME)
    client = app.test_client()
    assert client.post("/api/auth/login", json={"email": "ann@example.org", "password": PASSWORD}).status_code == 200
    [one] = told(app, "users", "sessions", "ANN@example.org")["items"]
    assert one.keys() == {"id", "createdAt", "expiresAt", "address", "userAgent"}
    assert len(told(app, "users", "disable", "ann@example.org")["endedSessions"]) == 1
    assert told(app, "users", "sessions", "ann@example.org")["items"] == []
    assert "last active superadmin" in told(app, "users", "disable", "root@example.org", ends=1)
    assert "no record" in told(app, "users", "grant", "nobody@example.org", "purge", ends=64)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_people_are_invited_and_let_in_again(app: Flask) -> None:
    made = told(app, "users", "invite", "boris@example.org", "--name", "Boris", "--role", "SUPER_ADMIN")
    assert told(app, "users", "invite", "boris@example.org", "--again") == made
    assert "already" in told(app, "users", "invite", "Boris@example.org", ends=1)
    assert "name@example.org" in told(app, "users", "invite", "nobody", ends=64)
    with app.app_context():
        create_superadmin("root@example.org", PASSWORD, ME)
        assert [mail.template for mail in db.session.scalars(select(Mail))] == ["invitation"] * 2
    told(app, "users", "disable", "boris@example.org")
    assert "enable them first" in told(app, "users", "invite", "boris@example.org", "--again", ends=1)
    told(app, "users", "enable", "boris@example.org")
    assert [item["isActive"] for item in told(app, "users", "list")["items"]] == [True, True]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_lost_second_factor_is_reset(app: Flask) -> None:
    with app.app_context():
        user_id = create_superadmin("root@example.org", PASSWORD, ME)
        secret = second_factor.begin(user_id, PASSWORD, Client()).secret
        second_factor.confirm(user_id, pyotp.TOTP(secret).now(), Client())
    assert told(app, "users", "list")["items"][0]["totpSince"] is not None
    assert [told(app, "users", "totp", "reset", "root@example.org")["changed"] for _ in range(2)] == [True, False]
    assert told(app, "users", "list")["items"][0]["totpSince"] is None
