"""The quarantine's list is filtered strictly and never shows a secret."""

import pytest
from flask import Flask

from digisence import records
from digisence.changes import unit_of_work
from digisence.errors import Invalid
from digisence.models import Business, User
from digisence.records import entries, quarantine
from tests.records.conftest import ME, business, user


def ids(**parameters: str) -> list[str]:
    found = entries.page({name: [value] for name, value in parameters.items()})
    assert found.total == len(found.items)
    return [item["recordId"] for item in found.items]


def test_entries_are_found_by_each_filter_and_by_state(app: Flask) -> None:
    ann, bob = user(password_hash="secret-hash"), user("bob@example.org")
    bee = business(bob)
    records.delete(User, ann.id, ME)
    with unit_of_work(ME) as session:
        (entry_id,) = quarantine.place(
            session,
            Business,
            [bee.id],
            kind="check",
            reason="r",
            actor="system:sweep",
            check_id="missing_business",
            run_id="run-1",
        )
    assert ids() == [bee.id, ann.id]
    assert ids(resource="users") == ids(kind="manual") == ids(recordId=ann.id) == [ann.id]
    assert ids(check="missing_business") == ids(runId="run-1", kind="check") == [bee.id]
    assert ids(state="restored") == ids(resource="inquiries") == []
    quarantine.restore(entry_id, ME)
    assert (ids(), ids(state="restored"), len(ids(state="all"))) == ([ann.id], [bee.id], 2)
    (item,) = entries.page({"recordId": [ann.id]}).items
    assert set(item) == set(entries.QuarantineItem._declared_fields)
    assert "secret-hash" not in str(item)
    assert item["snapshot"]["email"] == "ann@example.org"


def test_a_parameter_that_is_not_understood_is_named(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        entries.page(
            {"resource": ["x"], "kind": ["y"], "state": ["z"], "foo": ["1"], "limit": ["0"], "check": ["a", "b"]}
        )
    assert set(refused.value.fields) == {"resource", "kind", "state", "foo", "limit", "check"}
