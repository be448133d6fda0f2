"""Where a call comes from that nobody has signed in for yet."""

from dataclasses import dataclass

from ..changes import Context


@dataclass(frozen=True)
class Client:
    """The address, program and request that somebody signs in with."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    def acting(self, actor: str) -> Context:
        """The context of what `actor` does from here."""
        return Context(actor, self.request_id, address=self.address)
