"""Hands one mail to the server, and knows at each moment whether the server may have taken it.

Until the last line of the text has left, nothing can have been taken. After it, only the server's answer tells.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask_mailman import EmailMessage
from flask_mailman.backends.smtp import EmailBackend
from flask_mailman.message import sanitize_address

from ..extensions.mailer import mailer
from .templates import Text

Step = Callable[[], object]
TEMPORARY = range(400, 500)
GOODBYE = 421  # the server closes the connection: no mail goes now


class NotTaken(Exception):
    """The server has not taken the mail, for sure. `final`: it never will; `everybody`: it takes none just now."""

    def __init__(self, why: str, *, final: bool = False, everybody: bool = False) -> None:
        super().__init__(why)
        self.final, self.everybody = final, everybody


class Uncertain(Exception):
    """The whole mail had left, and no answer came: the server may have taken it or not."""


@contextmanager
def connection() -> Iterator[Any]:
    """An open connection to the mail server; without one set, the console. NotTaken when there is none to be had."""
    backend = mailer.get_connection()
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        if getattr(backend, "connection", None):  # a server that does not let us in
            backend.connection.close()
        raise NotTaken(f"the mail server cannot be used: {_words(error)}", everybody=True) from error
    try:
        yield backend
    finally:
        with suppress(OSError, smtplib.SMTPException):  # what was answered stands, whatever the farewell comes to
            backend.close()


def compose(text: Text, recipient: str, message_id: str) -> EmailMessage:
    """The mail itself; the same `message_id` lets a mailbox know a second copy."""
    return EmailMessage(text.subject, text.body, to=[recipient], headers={"Message-ID": message_id})


def deliver(backend: Any, message: EmailMessage, before_text: Step) -> None:
    """Hand `message` over; `before_text` is called when the server has agreed to take it and has nothing of it yet.

    NotTaken, Uncertain; what `before_text` raises ends the conversation with nothing taken.
    """
    if not isinstance(backend, EmailBackend):
        before_text()
        backend.send_messages([message])
        return
    encoding = message.encoding or backend.mailman.default_charset
    try:
        sender, recipient = (sanitize_address(one, encoding) for one in (message.from_email, message.to[0]))
        text = message.message().as_bytes(linesep="\r\n")
    except ValueError as error:
        raise NotTaken(f"the mail cannot be written: {error}", final=True) from error
    _announce(backend.connection, sender, recipient)
    try:
        before_text()
    except BaseException:
        backend.connection.close()  # in mid-text a polite farewell would be read as text
        raise
    _hand_over(backend.connection, text)


def _announce(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        _expect((250,), *server.mail(sender), final=False)
        _expect((250, 251), *server.rcpt(recipient), final=True)
        _expect((354,), *server.docmd("DATA"), final=True)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotTaken(_words(error), everybody=isinstance(error, OSError)) from error


def _hand_over(server: smtplib.SMTP, text: bytes) -> None:
    quoted: bytes = smtplib._quote_periods(text)  # type: ignore[attr-defined]
    try:
        server.send(quoted if quoted.endswith(b"\r\n") else quoted + b"\r\n")
    except (OSError, smtplib.SMTPException) as error:  # without its last line it is no mail yet
        server.close()
        raise NotTaken(_words(error), everybody=True) from error
    try:
        server.send(b".\r\n")
        answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        server.close()
        raise Uncertain(f"no answer after the mail was handed over: {_words(error)}") from error
    _expect((250,), *answer, final=True)


def _expect(wanted: tuple[int, ...], code: int, answer: bytes, *, final: bool) -> None:
    if code in wanted:
        return
    said = " ".join(answer.decode(errors="replace").split())
    raise NotTaken(f"{code} {said}"[:500], final=final and code not in TEMPORARY, everybody=code == GOODBYE)


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {said}"[:500]
    return (str(error) or type(error).__name__)[:500]
