"""A mail stands and falls with the change that calls for it; its job is asked for; two senders never share one."""

import threading

import pytest
from flask import Flask
from prometheus_client import generate_latest
from sqlalchemy import func, select

from digisence import mail
from digisence.changes import unit_of_work
from digisence.extensions import db, metrics, redis_client
from digisence.extensions.queue import queue
from digisence.mail import knocking, turn
from digisence.models import Mail
from tests.mail.conftest import LINK, ME, READY, post, row

BAD = ["ann@example.org\nBcc: all@example.org", "ann@example.org, bea@example.org", "no address", "", "ü@example.org"]


@pytest.fixture(autouse=True)
def context(request: pytest.FixtureRequest) -> object:
    app: Flask = request.getfixturevalue("app" if "app" in request.fixturenames else "posting")
    with app.app_context():
        yield


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Mail)) or 0


def test_a_mail_is_committed_with_its_cause_and_asks_for_its_job(app: Flask) -> None:
    mail_id = post(resource="users", record_id="u1")
    stands = row(mail_id)
    assert (stands.state, stands.resource, stands.record_id, stands.tries) == ("waiting", "users", "u1", 0)
    assert LINK not in str(stands.sealed)
    assert [job.asked() for job in queue.known()] == [{"name": knocking.JOB, "arguments": {}}]  # no secret in Redis
    assert 'digisence_mails{state="waiting"} 1.0' in generate_latest(metrics.registry).decode()
    post()
    assert len(queue.known()) == 1, "one job for all that come at once"
    knocking.answered()
    post()
    assert len(queue.known()) == 2


def test_what_is_rolled_back_sends_no_mail(app: Flask) -> None:
    def half() -> None:
        with unit_of_work(ME) as session:
            mail.post(session, "set-password", "ann@example.org", READY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert count() == 0
    with unit_of_work(ME):
        pass
    assert queue.known() == []


def test_without_redis_the_mail_waits(posting: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_client, "get", lambda: (_ for _ in ()).throw(knocking.RedisError("away")))
    assert row(post()).state == "waiting"


@pytest.mark.parametrize("recipient", BAD)
def test_a_recipient_that_is_no_single_address_is_refused(posting: Flask, recipient: str) -> None:
    with pytest.raises(ValueError, match="address"):
        post(recipient)
    assert count() == 0


def test_an_unknown_template_and_a_missing_value_are_refused_at_once(posting: Flask) -> None:
    with pytest.raises(KeyError, match="nonsense"):
        post(template="nonsense")
    with pytest.raises(KeyError, match="link"):
        post(values={"name": "Ann"})
    assert count() == 0


def test_two_claimers_at_once_never_get_the_same(app: Flask) -> None:
    posted = {post(f"m{number}@example.org") for number in range(20)}
    found: list[str] = []

    def work() -> None:
        with app.app_context():
            while (claim := turn.claim(ME)) is not None:
                found.append(claim.id)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(found) == sorted(posted)
