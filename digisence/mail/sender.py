"""Sends what waits in the outbox of mails: each claimed under a fence, handed over once, marked.

Who dies before the server has the text leaves a claim that another takes over when its lease ends. Who dies while the
text is under way leaves the mail `uncertain`: it may have arrived, so a superadmin decides whether it goes again.
"""

import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from ..changes import Context
from ..models.mail import EXPIRED, FAILED, SENT, UNCERTAIN, WAITING
from . import courier, knocking, log_book, turn
from .envelope import Unreadable, check, unseal
from .templates import render
from .turn import Claim

log = structlog.get_logger(__name__)

CONTEXT = Context("system:mail")
BUDGET_SECONDS = 50.0
PAUSES = (60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)  # seconds; who fails once more is given up
MOST_TRIES = len(PAUSES) + 1


def send_due(seconds: float = BUDGET_SECONDS) -> dict[str, int]:
    """Send what is due, for at most `seconds` and one mail more; returns how many came to which state."""
    knocking.answered()
    done = Counter({UNCERTAIN: turn.find_uncertain(CONTEXT), EXPIRED: turn.expire(CONTEXT)})
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            if (claim := turn.claim(CONTEXT)) is None:
                return dict(+done)
            done[_attempt(claim)] += 1
    except courier.NotTaken as away:
        log.warning("the mail server takes nothing now; trying again later", why=str(away))
        return dict(+done | Counter({WAITING: 1}))
    knocking.knock()
    return dict(+done)


def _attempt(claim: Claim) -> str:
    """One mail, to the state it comes to. NotTaken when the server takes none just now."""
    try:
        return _send(claim)
    except turn.TurnLost:
        log.warning("somebody else has decided about this mail meanwhile", mail=claim.id)
        return WAITING


def _send(claim: Claim) -> str:
    try:
        text = render(claim.template, unseal(claim.sealed))
        message = courier.compose(text, check(claim.recipient), claim.message_id)
        with courier.connection() as backend:
            courier.deliver(backend, message, partial(turn.begin, claim, CONTEXT))
    except courier.NotTaken as refusal:
        state = _put_off(claim, str(refusal), final=refusal.final)
        if refusal.everybody:
            raise
        return state
    except courier.Uncertain as doubt:
        return _settle(claim, UNCERTAIN, error=str(doubt))
    except (Unreadable, KeyError, ValueError) as fault:
        return _settle(claim, FAILED, error=f"cannot be written: {fault}")
    return _settle(claim, SENT, error=None)


def _put_off(claim: Claim, why: str, *, final: bool) -> str:
    if final or claim.tries >= MOST_TRIES:
        return _settle(claim, FAILED, error=why)
    turn.leave(claim, CONTEXT, WAITING, error=why, pause=timedelta(seconds=PAUSES[claim.tries - 1]))
    return WAITING


def _settle(claim: Claim, state: str, **values: Any) -> str:
    """Where it ends for now, told to the audit trail."""
    turn.leave(claim, CONTEXT, state, tell=partial(log_book.tell, claim.id, claim.template, claim.recipient), **values)
    return state
