"""What was set aside is listed, shown and brought back over HTTP."""

from digisence.changes import Context, unit_of_work
from digisence.models import Business
from digisence.records import quarantine
from tests.blueprints.conftest import Caller
from tests.blueprints.test_resource import made

FIELDS = {
    "id", "resource", "recordId", "kind", "reason", "check", "runId", "bulkId", "placedAt", "placedBy", "restoredAt",
    "restoredBy", "snapshot", "children", "emptied",
}  # fmt: skip


def test_a_deleted_record_is_listed_shown_and_restored(boss: Caller, superadmin: str) -> None:
    bee = made(boss, "businesses")
    mail = boss.post(
        "inquiries", {"name": "Vi", "email": "vi@example.org", "message": "Hello", "businessId": bee["id"]}
    ).json
    entry_id = boss.delete(f"businesses/{bee['id']}").headers["X-Quarantine-Id"]
    listed = boss.get("quarantine?resource=businesses")
    (item,) = listed.json["items"]
    assert (listed.json["total"], listed.json["page"], listed.json["limit"], set(item)) == (1, 1, 20, FIELDS)
    assert (item["id"], item["recordId"], item["snapshot"], item["placedBy"]) == (
        entry_id,
        bee["id"],
        bee,
        f"user:{superadmin}",
    )
    assert item["children"] == [{"resource": "inquiries", "recordId": mail["id"], "snapshot": mail}]
    shown = boss.get(f"quarantine/{entry_id}")
    assert shown.json == item
    assert boss.get(f"quarantine/{entry_id}", If_None_Match=shown.headers["ETag"]).status_code == 304
    restored = boss.post(f"quarantine/{entry_id}/restore", {})
    assert (restored.status_code, restored.json["restoredBy"]) == (200, f"user:{superadmin}")
    assert (boss.get(f"businesses/{bee['id']}").json, boss.get(f"inquiries/{mail['id']}").json) == (bee, mail)
    twice = boss.post(f"quarantine/{entry_id}/restore")
    assert (twice.status_code, twice.json["code"]) == (409, "already-restored")
    assert boss.get("quarantine").json["total"] == 0
    assert boss.get("quarantine?state=all").json["total"] == 1


def test_what_is_in_the_way_is_said_with_the_cure(boss: Caller) -> None:
    user = made(boss, "users")
    entry_id = boss.delete(f"users/{user['id']}").headers["X-Quarantine-Id"]
    made(boss, "users")
    reply = boss.post(f"quarantine/{entry_id}/restore")
    assert (reply.status_code, reply.json["code"], reply.json["errors"][0]["field"]) == (409, "taken", "email")
    assert "change it there first" in reply.json["detail"]


def test_all_of_a_run_comes_back_and_what_cannot_is_named(boss: Caller, app: object) -> None:
    kept, lost = (
        made(boss, "businesses"),
        made(boss, "businesses", adminId=made(boss, "users", email="b@example.org")["id"]),
    )
    with app.app_context(), unit_of_work(Context("system:sweep")) as session:  # type: ignore[attr-defined]
        ids = [kept["id"], lost["id"]]
        quarantine.place(
            session,
            Business,
            ids,
            kind="check",
            reason="r",
            actor="system:sweep",
            check_id="missing_business",
            run_id="run-1",
        )
    assert boss.get("quarantine?check=missing_business&kind=check&runId=run-1").json["total"] == 2
    boss.patch(f"users/{lost['adminId']}", {"email": "c@example.org"})
    boss.post("businesses", {"name": "Rival", "slug": lost["slug"], "adminId": lost["adminId"]})
    reply = boss.post("quarantine/restore", {"runId": "run-1"})
    assert reply.status_code == 200
    assert len(reply.json["done"]) == 1
    (failed,) = reply.json["failed"]
    assert (failed["code"], "slug" in failed["detail"]) == ("taken", True)
    assert boss.get(f"businesses/{kept['id']}").json == kept


def test_bad_calls_are_refused_by_name(boss: Caller) -> None:
    assert [e["field"] for e in boss.get("quarantine?state=closed").json["errors"]] == ["state"]
    assert boss.get("quarantine/nothing").status_code == boss.post("quarantine/nothing/restore").status_code == 404
    assert [e["field"] for e in boss.post("quarantine/restore", {}).json["errors"]] == ["runId"]
    assert [e["field"] for e in boss.post("quarantine/restore", {"runId": "a", "bulkId": "b"}).json["errors"]] == [
        "runId"
    ]
    for asked in ({"runId": "nothing"}, {"bulkId": "nothing"}):
        assert boss.post("quarantine/restore", asked).status_code == 404
    for value in ("yes", 1, None):
        refused = boss.post("quarantine/nothing/restore", {"emptyMissing": value})
        assert [e["field"] for e in refused.json["errors"]] == ["emptyMissing"]
    assert [e["field"] for e in boss.get("quarantine?check=bogus").json["errors"]] == ["check"]
    assert boss.get("quarantine/nothing?x=1").status_code == 422
