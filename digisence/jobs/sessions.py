"""The jobs about sign-ins: the work is the accounts'."""

from typing import Any


def forget(occurrence: str | None = None) -> Any:  # noqa: ARG001 every time is alike
    """Delete what expired more than a day ago."""
    from ..accounts import sessions

    return {"forgotten": sessions.forget_expired()}
