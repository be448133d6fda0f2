"""Who may go on listening: what a change of a user means for their streams, and what the database says."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from flask import Flask
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from ..clock import utcnow
from ..extensions.db import db
from ..models import Session, User
from ..models.session import stamp
from ..models.user import SUPER_ADMIN
from .client import Listener

log = structlog.get_logger(__name__)

UNCLEAR: Final = "?"  # no id looks like this
BATCH = 500
EVERY_SECONDS = 0.5  # for up to BATCH sign-ins; with more of them, less often
AWAY_SECONDS = 5.0

# Built once: every process asks it twice a second
_LIVE = (
    select(Session.id, User.role, User.password_hash)
    .join(User, User.id == Session.user_id)
    .where(Session.id.in_(bindparam("sessions", expanding=True)), Session.revoked_at.is_(None))
    .where(Session.expires_at > bindparam("now"), User.is_active, User.must_change_password.is_(False))
)


def verdict(data: Any) -> str | None:
    """The user who may listen no more after this message; UNCLEAR when only the database can tell; None for nobody."""
    if not isinstance(data, dict) or data.get("type") != "change" or data.get("resource") != "users":
        return None
    if data.get("action") in ("deleted", "quarantined"):
        return str(data.get("recordId"))
    patch = data.get("patch")
    if data.get("action") == "many" or not isinstance(patch, dict):
        return UNCLEAR
    if patch.get("isActive") is False or patch.get("role", SUPER_ADMIN) != SUPER_ADMIN:
        return str(data.get("recordId"))
    return None


def ended(app: Flask, listeners: Iterable[Listener]) -> set[str]:
    """The sign-ins (session ids) of those `listeners` whose token is void by now.

    It is when the session is revoked or over, when the user is gone or disabled, has another role or another password,
    or must change it first. Raises SQLAlchemyError.
    """
    asked = {listener.session_id: listener for listener in listeners}
    names, valid = sorted(asked), set()
    with app.app_context(), db.engine.connect() as connection:
        for start in range(0, len(names), BATCH):
            for row in connection.execute(_LIVE, {"sessions": names[start : start + BATCH], "now": utcnow()}):
                listener = asked[row.id]
                if row.role == listener.role and stamp(row.password_hash) == listener.stamp:
                    valid.add(row.id)
    return set(asked) - valid


class Watch:
    """Asks the database, beside the feed, whose streams must end: also what nobody announced is seen in time.

    A thread of its own, so that a slow database holds up no stream. Without streams it asks nothing.
    """

    def __init__(
        self, app: Flask, listeners: Callable[[], Iterable[Listener]], end: Callable[[Iterable[str]], None]
    ) -> None:
        """`listeners` gives those of the open streams, `end` ends the streams of these session ids."""
        self._app, self._listeners, self._end = app, listeners, end
        self._wake = threading.Event()
        self._stopped = self._away = False
        self.thread = threading.Thread(target=self._run, name="rights", daemon=True)

    def look(self) -> None:
        """Ask now."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._wake.set()

    def _run(self) -> None:
        pause = EVERY_SECONDS
        while not self._stopped:
            self._wake.wait(pause)
            self._wake.clear()
            try:
                pause = self._look()
            except Exception:
                log.exception("looking at the rights of the open streams failed")
                pause = AWAY_SECONDS

    def _look(self) -> float:
        """Seconds until the next look."""
        listeners = list(self._listeners())
        if not listeners or self._stopped:
            return EVERY_SECONDS
        try:
            gone = ended(self._app, listeners)
        except SQLAlchemyError as error:
            if not self._away:
                log.warning("the rights of the open streams could not be looked at", error=str(error))
            self._away = True
            return AWAY_SECONDS
        self._away = False
        if gone:
            self._end(gone)
        return EVERY_SECONDS * (1 + len({listener.session_id for listener in listeners}) // BATCH)
