"""The old platform's services, by their names."""

import pytest

from digisence.clock import to_wire
from digisence.extensions import db
from digisence.integrity import background_sync_service, data_sync_service, run_all_tests
from digisence.models import User

from .conftest import healthy, professional, save, user


@pytest.mark.usefixtures("inside")
def test_check_fix_and_statistics() -> None:
    healthy(200)
    save(user("orphan"), professional("unled", None))
    checks = data_sync_service.check_data_integrity()
    assert {check["type"]: check["affectedRecords"] for check in checks} == {
        "orphaned_user": ["orphan"],
        "missing_professional": ["unled"],
    }
    figures = data_sync_service.get_data_statistics()
    assert (figures["users"], figures["businesses"], figures["professionals"]) == (203, 200, 2)
    assert (figures["orphanedUsers"], figures["missingBusinessAdmins"], figures["missingProfessionalAdmins"]) == (
        1,
        0,
        1,
    )
    assert (figures["healthy"], figures["score"]) == (False, 99.5)
    assert figures["trend"][0]["orphanedUsers"] == 1
    fixed = data_sync_service.fix_data_integrity()
    assert fixed == {"success": True, "fixedRecords": 2, "errors": [], "integrityChecks": []}
    assert db.session.get(User, "orphan") is None
    status = background_sync_service.get_status()
    assert (status["isRunning"], status["lastResult"]["fixedRecords"]) == (True, 2)
    assert to_wire(status["lastSync"]) > figures["checkedAt"]


@pytest.mark.usefixtures("inside")
def test_the_service_stops_and_starts() -> None:
    assert background_sync_service.stop()["isRunning"] is False
    assert background_sync_service.get_status()["isRunning"] is False
    assert background_sync_service.start()["isRunning"] is True


def test_run_all_tests_touches_no_live_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost:1/live")
    done = run_all_tests()
    assert done["success"], done
    assert [result["name"] for result in done["results"]] == ["detection", "repair", "restore", "background service"]
