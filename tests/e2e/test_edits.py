"""Edits by the published client: kept while the server is out of reach, told of as conflicts, never made twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.devtools import Window
from tests.e2e.product import Admin, Product
from tests.e2e.tabs import PATIENCE, Person, Tab
from tests.proxy import until

CATEGORIES = "/api/admin/categories"
WISH = """
  window.outcomes ??= [];
  realtime.mutate(%s).then((record) => outcomes.push(record), ({ name, code, yours, theirs, fields }) =>
    outcomes.push({ name, code, yours, theirs, fields: fields.map(({ field }) => field) }));
  undefined;
"""
LOSE = """
  const known = window.fetch;
  let left = %d;
  window.fetch = async (path, init) => {
    const reply = await known(path, init);
    if (init?.method && (left -= 1) >= 0) throw new TypeError("the answer was lost");
    return reply;
  };
"""


@pytest.fixture
def tab(window: Window, lasting: Product, lasting_admin: Admin) -> Iterator[Tab]:
    """A live tab of a superadmin."""
    person = Person(window, lasting, lasting_admin)
    opened = person.tab()
    opened.until(state="live")
    yield opened
    person.leave()


def wish(tab: Tab, edit: str) -> None:
    tab.evaluate(f"{{ {WISH % edit} }}")


def outcomes(tab: Tab, count: int) -> list[dict[str, Any]]:
    """What came of the edits, as soon as so many are told."""
    until(lambda: tab.evaluate("window.outcomes?.length") == count, PATIENCE, "an edit is not told of")
    return list(tab.evaluate("outcomes"))


def updates(admin: Admin, record_id: str) -> int:
    """How often a record was changed, as the server remembers it."""
    return [line["action"] for line in admin.get(f"{CATEGORIES}/{record_id}/history")["items"]].count("updated")


def test_what_got_no_answer_is_not_made_twice(tab: Tab, lasting_admin: Admin) -> None:
    known = lasting_admin.post(CATEGORIES, {"name": "Known bakery"})["id"]
    tab.evaluate(f"{{ {LOSE % 2} }}")
    wish(tab, f"{{ resource: 'categories', id: '{known}', fields: {{ name: 'Renamed bakery' }} }}")
    wish(tab, "{ resource: 'categories', create: { name: 'Made but once' } }")
    assert {outcome["name"] for outcome in outcomes(tab, 2)} == {"Renamed bakery", "Made but once"}
    assert updates(lasting_admin, known) == 1
    assert lasting_admin.get(CATEGORIES, search="Made but once")["total"] == 1
    assert tab.status.items() >= {"pending": 0, "waiting": 0}.items()


def test_edits_wait_while_offline_and_a_conflict_gives_both_versions(tab: Tab, lasting_admin: Admin) -> None:
    clashing, other = (lasting_admin.post(CATEGORIES, {"name": name})["id"] for name in ("Clashing", "Other"))
    for record_id in (clashing, other):
        tab.evaluate(f"realtime.subscribe('{CATEGORIES}/{record_id}', () => undefined) && undefined")
        until(
            lambda url=f"{CATEGORIES}/{record_id}": (
                tab.evaluate(f"realtime.query('{url}').then(({{ version }}) => version)") == 1
            )
        )
    tab.evaluate("realtime.pretendOffline(true)")
    for record_id in (clashing, other):
        wish(tab, f"{{ resource: 'categories', id: '{record_id}', fields: {{ name: 'Mine {record_id}' }} }}")
    assert tab.status.items() >= {"state": "offline", "pending": 2, "waiting": 2}.items()
    patched = lasting_admin.http.patch
    patched(f"{CATEGORIES}/{clashing}", json={"name": "Theirs"}).raise_for_status()
    patched(f"{CATEGORIES}/{other}", json={"description": "Of somebody else"}).raise_for_status()
    tab.evaluate("realtime.pretendOffline(false)")
    conflict, done = outcomes(tab, 2)
    assert (conflict["name"], conflict["code"], conflict["fields"]) == ("Conflict", "precondition-failed", ["name"])
    assert (conflict["yours"], conflict["theirs"]["name"]) == ({"name": f"Mine {clashing}"}, "Theirs")
    assert (done["name"], done["description"], done["version"]) == (f"Mine {other}", "Of somebody else", 3)
    assert tab.status.items() >= {"pending": 0, "waiting": 0}.items()
