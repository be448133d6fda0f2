"""The job that sends mails: the work is the mail room's."""

from typing import Any


def send(occurrence: str | None = None) -> Any:  # noqa: ARG001 every time is alike
    """Send what is due."""
    from ..mail import sender

    return sender.send_due()
