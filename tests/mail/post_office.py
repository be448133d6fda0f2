"""A real mail server of our own, which can be told to refuse, to be silent, or to hang up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

SILENCE_SECONDS = 60


@dataclass
class Office:
    """`answers`: by command (`MAIL`, `RCPT`, `DATA`), the replies to give before any usual one; `hang`: say nothing;
    `drop`: close the connection; `late`: take the mail, then close it without a word.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """What DIGISENCE_MAIL_URL would be."""
        return f"smtp://127.0.0.1:{self.port}"

    async def _scripted(self, server: SMTP, command: str) -> str | None:
        self.asked.append(command)
        waiting = self.answers.get(command) or []
        answer = waiting.pop(0) if waiting else None
        if answer == "hang":
            await asyncio.sleep(SILENCE_SECONDS)
        if answer in ("drop", "late"):
            server.transport.abort()
        return answer

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        answer = await self._scripted(server, "MAIL")
        envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        answer = await self._scripted(server, "RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        waiting = self.answers.get("DATA") or []
        if not waiting or waiting[0] in ("late", "hang"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.recipients += envelope.rcpt_tos
        return await self._scripted(server, "DATA") or "250 OK"


class Gate:
    """Lets in who knows the password."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"post", b"p@ss:word"), handled=False)


class Counter(Controller):
    """aiosmtpd's controller on a port that the kernel chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def open_office(**options: Any) -> Iterator[Office]:
    """A server on a free port, until the end."""
    office = Office()
    controller = Counter(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        office.port = controller.port
        yield office
    finally:
        controller.stop(no_assert=True)
