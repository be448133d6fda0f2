"""Asks for the sending job once mails are committed. The job comes by itself too: a knock that is lost loses none."""

from typing import Any

import structlog
from flask import Flask
from redis import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

from ..errors import Problem
from ..extensions import redis_client
from ..extensions.db import db
from ..extensions.queue import queue

log = structlog.get_logger(__name__)

JOB = "send-mails"
POSTED = "digisence.mails"  # marks a session that posted
KNOCKED = "digisence:mails:knocked"
KNOCK_SECONDS = 5  # so many mails of one moment ask for one job


def ask(session: Session | scoped_session[Session]) -> None:
    """Let the session's commit knock."""
    session.info[POSTED] = True


def knock() -> None:
    """Ask for the job, unless one is on its way. Without Redis nothing: the mails wait for the periodic one."""
    try:
        if redis_client.get().set(KNOCKED, "1", nx=True, ex=KNOCK_SECONDS):
            queue.enqueue(JOB)
    except (RedisError, Problem) as error:
        log.warning("nobody could be asked to send the mails; they wait", error=str(error)[:200])


def answered() -> None:
    """By the job, before it looks: whoever posts from now on knocks again."""
    try:
        redis_client.get().delete(KNOCKED)
    except RedisError as error:
        log.warning("Redis is away", error=str(error)[:200])


def init_app(app: Flask) -> None:
    """Listen to the commits of `app`."""
    with app.app_context():
        if not event.contains(db.session, "after_commit", _committed):
            event.listen(db.session, "after_commit", _committed)
            event.listen(db.session, "after_soft_rollback", _rolled_back)


def _committed(session: Session) -> None:
    if session.info.pop(POSTED, False):
        knock()


def _rolled_back(session: Session, _transaction: Any) -> None:
    session.info.pop(POSTED, None)
