"""Lists over HTTP: pages, filters, conditional requests, and what changed since a position."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.http import parse_date

from digisence.changes import Context, unit_of_work
from digisence.models import Publication
from digisence.models.user import ROLES
from tests import outsider
from tests.blueprints.conftest import Caller, settle


@pytest.fixture
def categories(boss: Caller) -> list[dict[str, Any]]:
    return [
        boss.post("categories", {"name": name, "type": kind}).json
        for name, kind in (("Food", "BUSINESS"), ("Ärzte", "PRODUCT"), ("Art", "PRODUCT"))
    ]


def test_a_list_is_paged_sorted_searched_and_filtered(boss: Caller, categories: list[dict[str, Any]]) -> None:
    reply = boss.get("categories?limit=2&sort=name")
    assert reply.json == {"items": [categories[2], categories[0]], "page": 1, "limit": 2, "total": 3}
    assert boss.get("categories?limit=2&page=2&sort=name").json["items"] == [categories[1]]
    assert boss.get("categories?search=ÄRZ").json["items"] == [categories[1]]
    assert boss.get("categories?type=PRODUCT&sort=-name&parentId=null").json["items"] == [categories[1], categories[2]]
    assert boss.get("categories?createdAt[gte]=2100-01-01T00:00:00Z").json["total"] == 0
    assert boss.get("categories").json["items"] == categories[::-1]
    assert boss.get(f"users?role={','.join(ROLES)}").json["total"] == 1


def test_what_is_not_understood_is_refused_by_name(boss: Caller) -> None:
    reply = boss.get("categories?colour=red&sort=colour&limit=501&page=0&type=HUGE&createdAt[lt]=x")
    assert (reply.status_code, reply.json["code"]) == (422, "invalid")
    assert {error["field"] for error in reply.json["errors"]} == {
        "colour",
        "sort",
        "limit",
        "page",
        "type",
        "createdAt[lt]",
    }
    assert [e["field"] for e in boss.get("categories?since=1-0&page=2").json["errors"]] == ["page"]


def test_a_list_that_did_not_change_is_not_sent_again(
    app: Flask, boss: Caller, database: str, categories: list[dict[str, Any]]
) -> None:
    settle(app)
    first = boss.get("categories?sort=name")
    assert "Last-Modified" not in first.headers
    again = boss.get("categories?sort=name", If_None_Match=f'W/{first.headers["ETag"][:-1]}:gzip"')
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert boss.get("categories?sort=-name", If_None_Match=first.headers["ETag"]).status_code == 200
    outsider.write(database, f"DELETE FROM categories WHERE id = '{categories[0]['id']}'")
    after = boss.get("categories?sort=name", If_None_Match=first.headers["ETag"])
    assert (after.status_code, after.json["total"]) == (200, 2)


def test_a_settled_list_tells_its_time_and_honours_it(
    app: Flask, boss: Caller, categories: list[dict[str, Any]]
) -> None:
    settle(app)
    with app.app_context(), unit_of_work(Context("system:test")) as session:
        session.query(Publication).update({"milliseconds": 1_700_000_000_123})
    told = boss.get("categories").headers["Last-Modified"]
    moment = parse_date(told)
    assert moment is not None
    assert moment.timestamp() == 1_700_000_000
    assert boss.get("categories", If_Modified_Since=told).status_code == 304
    assert boss.get(f"categories/{categories[0]['id']}", If_Modified_Since=told).status_code == 304
    assert boss.get("categories", If_Modified_Since="Tue, 14 Nov 2023 22:13:19 GMT").status_code == 200
    assert boss.get("categories", If_Modified_Since="nonsense").status_code == 200
    assert boss.get("categories", If_Modified_Since=told, If_None_Match='"other"').status_code == 200
    boss.patch(f"categories/{categories[0]['id']}", {"name": "New"})
    assert boss.get("categories", If_Modified_Since=told).status_code == 200


def test_since_a_position_only_what_changed_is_sent(app: Flask, boss: Caller, categories: list[dict[str, Any]]) -> None:
    settle(app)
    position = boss.get("categories").headers["X-Feed-Position"]
    assert boss.get(f"categories?since={position}").json["items"] == []
    patched = boss.patch(f"categories/{categories[0]['id']}", {"name": "New"}).json
    boss.delete(f"categories/{categories[1]['id']}")
    settle(app)
    reply = boss.get(f"categories?since={position}")
    assert (reply.json["items"], reply.json["deleted"]) == ([patched], [categories[1]["id"]])
    assert boss.get(f"categories?since={reply.json['position']}").json == {
        "items": [],
        "deleted": [],
        "position": reply.json["position"],
    }
    lost = boss.get("categories?since=yesterday")
    assert (lost.status_code, lost.json["code"]) == (410, "position-lost")
