"""The old platform's `runAllTests`, made honest: it proves the parts on a scratch database, never the live one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from . import scratch
from .scratch import Part, expect


def run_all_tests(seconds: float = scratch.LIMIT_SECONDS) -> dict[str, Any]:
    """`{"success", "results": [{"name", "success", "detail", "seconds"}]}`, from a child process that knows no
    address of ours. With `error` when it did not come to its end, within `seconds`.
    """
    return scratch.tried(__name__, {}, seconds=seconds)


def settings(_facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the application is to be like."""
    return {"grace": "1h", "sightings": 2}


def parts(_facts: Mapping[str, Any]) -> Sequence[Part]:
    """What is tried, in this order: each goes on from where the one before it stopped."""
    return PARTS


def _detection() -> str:
    """Defects are found; fresh ones are not."""
    from ..changes import Context, unit_of_work
    from ..clock import utcnow
    from ..models import Business, User
    from .service import data_sync_service

    old = utcnow() - timedelta(days=3)
    times = {"created_at": old, "updated_at": old}
    with unit_of_work(Context("system:selftest")) as session:
        session.add_all([User(id=key, email=f"{key}@example.org", **times) for key in ("owner", "orphan")])
        session.add(User(id="fresh", email="fresh@example.org"))
        session.flush()
        session.add(Business(id="led", name="Led", slug="led", admin_id="owner", **times))
        session.add(Business(id="unled", name="Unled", slug="unled", **times))
    found = {check["type"]: check["affectedRecords"] for check in data_sync_service.check_data_integrity()}
    expect("found", found, {"orphaned_user": ["orphan"], "missing_business": ["unled"]})
    return "an orphaned user and a business without admin found, a fresh user spared"


def _repair() -> str:
    """What was seen twice is set aside."""
    from .service import data_sync_service

    done = data_sync_service.fix_data_integrity()
    expect("result", (done["success"], done["fixedRecords"], done["integrityChecks"]), (True, 2, []))
    return "both set aside at the second sighting"


def _restore() -> str:
    """What was set aside comes back."""
    from sqlalchemy import select

    from ..changes import Context
    from ..extensions import db
    from ..models import QuarantineEntry
    from ..records import quarantine

    entries = list(db.session.scalars(select(QuarantineEntry.id)))
    for entry in entries:
        quarantine.restore(entry, Context("system:selftest"))
    expect("entries restored", len(entries), 2)
    return "both brought back"


def _service() -> str:
    """The service remembers whether it is on, and the figures add up."""
    from .service import background_sync_service, data_sync_service

    expect("stopped", background_sync_service.stop()["isRunning"], False)
    expect("started", background_sync_service.start()["isRunning"], True)
    data_sync_service.check_data_integrity()
    figures = data_sync_service.get_data_statistics()
    expect("figures", (figures["users"], figures["orphanedUsers"], figures["healthy"]), (3, 1, False))
    return "switched off and on; the statistics agree with the checks"


PARTS = (("detection", _detection), ("repair", _repair), ("restore", _restore), ("background service", _service))
