"""What ends a stream for good, and what only interrupts it."""


class StreamError(Exception):
    """The stream is over; trying again would not help. `code` is the server's word for it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SignedOut(StreamError):
    """The token is no good any more: sign in again."""


class Refused(StreamError):
    """The server will not give this stream to this user, or there is none at this address."""


class Later(Exception):
    """Come back after `seconds`, else after the usual pause. Where it has no reason nobody need hear of it."""

    def __init__(self, reason: str = "", seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds
