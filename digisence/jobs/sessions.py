"""The jobs about sign-ins: the work is the accounts'."""

from typing import Any


def forget(occurrence: str | None = None) -> Any:  # noqa: ARG001 every time is alike
    """Delete what expired more than a day ago."""
    from ..accounts import links, sessions

    return {"forgotten": sessions.forget_expired(), "links": links.forget_expired()}


def answer_forgotten(email: str, address: str | None = None) -> Any:
    """Mail a link to the one enabled account with this e-mail. What comes of it is told to nobody but its owner."""
    from ..accounts import invitations
    from ..changes import Context

    invitations.answer_forgotten(email, Context("system:forgotten-password", address=address))
    return {}
