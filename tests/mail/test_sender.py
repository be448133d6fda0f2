"""None lost, none sent twice, and none in doubt sent again by itself: against a real mail server that misbehaves."""

import os
import signal
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from digisence.clock import utcnow
from digisence.extensions import db
from digisence.mail import again, sender, turn
from digisence.models import Change, Mail
from digisence.models.mail import CLAIMED, EXPIRED, FAILED, SENDING, SENT, UNCERTAIN, WAITING
from tests.guide import certificate
from tests.mail.conftest import LINK, ME, change, hurry, post, row, send
from tests.mail.post_office import SILENCE_SECONDS, Gate, Office, open_office

PROGRAM = """
import sys
from pathlib import Path
from digisence import create_app
from digisence.mail import sender
app = create_app(doors=False, instance=Path(sys.argv[1]), redis_url=sys.argv[2], mail_url=sys.argv[3])
app.extensions["mailman"].timeout = 60
with app.app_context():
    sender.send_due()
"""


def events(mail_id: str) -> list[tuple[str, str]]:
    db.session.rollback()
    found = db.session.scalars(select(Change).where(Change.resource == "mails", Change.record_id == mail_id))
    return [(change.action, change.actor) for change in found]


def test_a_mail_is_sent_once_and_its_link_forgotten(posting: Flask, office: Office) -> None:
    mail_id = post(resource="users", record_id="u1")
    assert LINK not in str(row(mail_id).sealed)
    assert send() == {SENT: 1}
    assert send() == {}
    [taken] = office.taken
    assert office.recipients == ["ann@example.org"]
    assert (taken["To"], taken["From"]) == ("ann@example.org", "no-reply@digisence.local")
    assert taken["Message-ID"] == f"<{mail_id}@mails.digisence>"
    assert LINK in taken.get_content()
    stands = row(mail_id)
    assert (stands.state, stands.tries, stands.sealed, stands.error) == (SENT, 1, None, None)
    assert stands.sent_at is not None
    assert events(mail_id) == [("mail-sent", "system:mail")]


@pytest.mark.parametrize(("command", "answer"), [("MAIL", "451 busy"), ("RCPT", "450 try later"), ("DATA", "452 full")])
def test_a_server_that_says_later_is_asked_again_later(
    posting: Flask, office: Office, command: str, answer: str
) -> None:
    office.answers[command] = [answer]
    mail_id = post()
    assert send() == {WAITING: 1}
    stands = row(mail_id)
    assert (stands.state, stands.tries, stands.error) == (WAITING, 1, answer)
    assert stands.due_at > utcnow() + timedelta(seconds=50)
    assert send() == {}
    hurry(mail_id)
    assert send() == {SENT: 1}
    assert [taken["Message-ID"] for taken in office.taken] == [f"<{mail_id}@mails.digisence>"]


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "550 no such user"), ("DATA", "554 spam")])
def test_a_server_that_says_never_is_believed(posting: Flask, office: Office, command: str, answer: str) -> None:
    office.answers[command] = [answer]
    mail_id, other = post(), post("bea@example.org")
    assert send() == {FAILED: 1, SENT: 1}
    assert (row(mail_id).state, row(mail_id).error) == (FAILED, answer)
    assert events(mail_id) == [("mail-failed", "system:mail")]
    assert row(other).state == SENT


def test_who_is_refused_too_often_is_given_up(posting: Flask, office: Office) -> None:
    office.answers["RCPT"] = ["450 later"] * sender.MOST_TRIES
    mail_id = post()
    for _ in range(sender.MOST_TRIES):
        hurry(mail_id)
        send()
    assert (row(mail_id).state, row(mail_id).tries) == (FAILED, sender.MOST_TRIES)
    assert events(mail_id) == [("mail-failed", "system:mail")]


@pytest.mark.parametrize("fault", ["hang", "drop", "421 closing"])
def test_a_server_that_fails_before_the_text_has_taken_nothing(posting: Flask, office: Office, fault: str) -> None:
    office.answers["RCPT"] = [fault]
    mail_id, other = post(), post("bea@example.org")
    assert send() == {WAITING: 1}  # and the other is not tried on a server that is away
    assert (row(mail_id).state, row(other).state, row(other).tries) == (WAITING, WAITING, 0)
    hurry(mail_id)
    assert send() == {SENT: 2}
    assert len(office.taken) == 2


@pytest.mark.parametrize("fault", ["hang", "late"])
def test_a_server_that_falls_silent_after_the_text_leaves_doubt(posting: Flask, office: Office, fault: str) -> None:
    office.answers["DATA"] = [fault]
    mail_id = post()
    assert send() == {UNCERTAIN: 1}
    stands = row(mail_id)
    assert stands.state == UNCERTAIN
    assert "no answer after the mail was handed over" in str(stands.error)
    assert events(mail_id) == [("mail-uncertain", "system:mail")]
    hurry(mail_id)
    assert send() == {}
    assert len(office.taken) == 1


def test_no_server_at_all(posting: Flask) -> None:
    posting.extensions["mailman"].port = 1
    mail_id = post()
    assert send() == {WAITING: 1}
    assert "the mail server cannot be used" in str(row(mail_id).error)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_that_wants_a_password(posting: Flask) -> None:
    with open_office(authenticator=Gate(), auth_required=True, auth_require_tls=False) as guarded:
        chosen = posting.extensions["mailman"]
        chosen.port, chosen.username, chosen.password = guarded.port, "post", "wrong"
        mail_id = post()
        assert send() == {WAITING: 1}
        assert "535" in str(row(mail_id).error)
        chosen.password = "p@ss:word"
        hurry(mail_id)
        assert send() == {SENT: 1}
        assert len(guarded.taken) == 1


def test_a_server_that_cannot_prove_who_it_is_gets_nothing_until_it_can(
    posting: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = certificate.write(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, tmp_path / "privkey.pem")
    with open_office(tls_context=context, require_starttls=True) as guarded:
        chosen = posting.extensions["mailman"]
        chosen.port, chosen.use_tls = guarded.port, True
        mail_id = post()
        assert send() == {WAITING: 1}
        assert "certificate verify failed" in str(row(mail_id).error)
        assert guarded.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        hurry(mail_id)
        assert send() == {SENT: 1}
        assert len(guarded.taken) == 1


@pytest.mark.parametrize(("command", "state"), [("RCPT", CLAIMED), ("DATA", SENDING)])
def test_killed_in_the_middle(posting: Flask, office: Office, redis_url: str, command: str, state: str) -> None:
    """kill -9 between claim and text: sent by the next. Between text and mark: in doubt, and never sent by itself."""
    office.answers[command] = ["hang"]
    mail_id = post()
    arguments = [posting.instance_path, redis_url, office.url]
    env = {**os.environ, "DIGISENCE_SECRET_KEY": posting.config["SETTINGS"].secret_key}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], env=env)
    deadline = time.monotonic() + SILENCE_SECONDS
    while command not in office.asked:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert row(mail_id).state == state
    assert send() == {}, "the lease still holds"
    change(mail_id, lease_until=utcnow() - timedelta(seconds=1))
    taken = len(office.taken)
    assert send() == ({SENT: 1} if state == CLAIMED else {UNCERTAIN: 1})
    assert len(office.taken) == 1
    assert taken == (0 if state == CLAIMED else 1)
    assert send() == {}


def test_a_zombie_does_not_begin_what_another_has_taken_over(posting: Flask, office: Office) -> None:
    mail_id = post()
    zombie = turn.claim(ME)
    assert zombie is not None
    change(mail_id, lease_until=utcnow() - timedelta(seconds=1))
    assert send() == {SENT: 1}
    with pytest.raises(turn.TurnLost):
        turn.begin(zombie, ME)
    with pytest.raises(turn.TurnLost):
        turn.leave(zombie, ME, WAITING, error="late")
    assert row(mail_id).state == SENT
    assert sender._attempt(zombie) == WAITING
    assert len(office.taken) == 1


def test_an_answer_that_comes_after_all_ends_the_doubt(posting: Flask) -> None:
    mail_id = post()
    slow = turn.claim(ME)
    assert slow is not None
    turn.begin(slow, ME)
    change(mail_id, lease_until=utcnow() - timedelta(seconds=1))
    assert turn.find_uncertain(ME) == 1
    turn.leave(slow, ME, SENT, error=None)
    assert row(mail_id).state == SENT


def test_an_answer_that_comes_after_somebody_asked_for_another_try_changes_nothing(
    posting: Flask, office: Office
) -> None:
    mail_id = post()
    slow = turn.claim(ME)
    assert slow is not None
    turn.begin(slow, ME)
    change(mail_id, lease_until=utcnow() - timedelta(seconds=1))
    turn.find_uncertain(ME)
    again.retry(mail_id, ME)
    with pytest.raises(turn.TurnLost):
        turn.leave(slow, ME, FAILED, error="554")
    assert send() == {SENT: 1}
    assert [action for action, _ in events(mail_id)] == ["mail-uncertain", "mail-retried", "mail-sent"]


def test_a_link_that_has_ended_is_not_sent_any_more(posting: Flask, office: Office) -> None:
    mail_id = post()
    assert row(mail_id).expires_at is not None
    change(mail_id, expires_at=utcnow() - timedelta(seconds=1))
    assert send() == {EXPIRED: 1}
    assert (row(mail_id).state, row(mail_id).sealed) == (EXPIRED, None)
    assert office.taken == []


def test_what_was_sealed_under_another_key_fails_and_says_so(posting: Flask, office: Office) -> None:
    mail_id = post()
    change(mail_id, sealed="gAAAAABmAAAA")
    assert send() == {FAILED: 1}
    assert "DIGISENCE_SECRET_KEY" in str(row(mail_id).error)


def test_old_mails_are_forgotten_and_those_that_wait_are_not(posting: Flask) -> None:
    waiting, failed = post(template="received", values={}), post(template="received", values={})
    long_ago = utcnow() - timedelta(days=91)
    change(waiting, created_at=long_ago, due_at=utcnow() + timedelta(hours=1))
    change(failed, created_at=long_ago, state=FAILED)
    send()
    db.session.rollback()
    assert list(db.session.scalars(select(Mail.id))) == [waiting]


def test_without_a_server_mails_are_printed(posting: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    posting.extensions["mailman"].backend = "console"
    mail_id = post()
    assert send() == {SENT: 1}
    assert LINK in capsys.readouterr().out
    assert row(mail_id).state == SENT
