"""The old platform's `runAllTests`, made honest: it proves the parts on a scratch database, never the live one."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from .isolation import environment

LIMIT_SECONDS = 120.0
NOWHERE = "unix:///nonexistent/digisence-selftest.sock"


def run_all_tests() -> dict[str, Any]:
    """`{"success", "results": [{"name", "success", "detail", "seconds"}]}`, from a child process that knows no
    address of ours.
    """
    with tempfile.TemporaryDirectory(prefix="digisence-selftest-") as folder:
        command = [sys.executable, "-m", "digisence.integrity.selftest", folder]
        done = subprocess.run(  # noqa: S603 our own module by our own interpreter
            command, env=environment(), cwd=folder, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
        )
    if done.returncode:
        return {"success": False, "results": [], "error": done.stderr.strip()[-2000:]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _all(folder: Path) -> dict[str, Any]:
    # By name: the application stands above this room
    app = import_module("digisence").create_app(
        instance=folder, database_url="", redis_url=NOWHERE, secret_key="scratch-" * 8, grace="1h", sightings=2
    )
    with app.app_context():
        import_module("flask_migrate").upgrade()
        results = [_part(name, part) for name, part in PARTS]
    return {"success": all(result["success"] for result in results), "results": results}


def _part(name: str, part: Callable[[], str]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        success, detail = True, part()
    except Exception as error:  # noqa: BLE001 a part that fails is what is asked for
        success, detail = False, f"{type(error).__name__}: {error}"
    return {"name": name, "success": success, "detail": detail, "seconds": round(time.monotonic() - started, 3)}


def _check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise ValueError(f"{what}: {found!r} instead of {wanted!r}")


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
        session.add(Business(id="led", name="Led", admin_id="owner", **times))
        session.add(Business(id="unled", name="Unled", **times))
    found = {check["type"]: check["affectedRecords"] for check in data_sync_service.check_data_integrity()}
    _check("found", found, {"orphaned_user": ["orphan"], "missing_business": ["unled"]})
    return "an orphaned user and a business without admin found, a fresh user spared"


def _repair() -> str:
    """What was seen twice is set aside."""
    from .service import data_sync_service

    done = data_sync_service.fix_data_integrity()
    _check("result", (done["success"], done["fixedRecords"], done["integrityChecks"]), (True, 2, []))
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
    _check("entries restored", len(entries), 2)
    return "both brought back"


def _service() -> str:
    """The service remembers whether it is on, and the figures add up."""
    from .service import background_sync_service, data_sync_service

    _check("stopped", background_sync_service.stop()["isRunning"], False)
    _check("started", background_sync_service.start()["isRunning"], True)
    figures = data_sync_service.get_data_statistics()
    _check("figures", (figures["users"], figures["orphanedUsers"], figures["healthy"]), (3, 1, False))
    return "switched off and on; the statistics agree with the checks"


PARTS = (("detection", _detection), ("repair", _repair), ("restore", _restore), ("background service", _service))

if __name__ == "__main__":
    print(json.dumps(_all(Path(sys.argv[1]))))  # noqa: T201 the answer to the parent
