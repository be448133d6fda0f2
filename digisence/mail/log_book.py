"""The audit trail's line about a mail: what became of it, to whom; never what stood in it."""

from ..changes.context import Unit
from ..models.mail import FAILED, SENT, UNCERTAIN

EVENTS = {SENT: "mail-sent", FAILED: "mail-failed", UNCERTAIN: "mail-uncertain"}
RESOURCE = "mails"


def tell(mail_id: str, template: str, recipient: str, session: Unit, state: str, error: str | None) -> None:
    """Within a unit of work: one event."""
    from ..changes import events

    detail = {"template": template, "to": recipient} | ({"error": error} if error else {})
    events.record(session, EVENTS[state], resource=RESOURCE, record_id=mail_id, detail=detail)
