"""Which topics there are, and who may listen to them."""

import pytest

from digisence.errors import Problem
from digisence.models import RECORDS
from digisence.models.user import BUSINESS_ADMIN, ROLES, SUPER_ADMIN
from digisence.realtime import topics


@pytest.mark.parametrize(
    ("data", "topic"),
    [
        ({"type": "change", "resource": "users"}, "users"), ({"type": "job"}, "job"), ({"type": "sync"}, "sync"),
        ({"type": "integrity"}, "integrity"), ({"type": "update"}, "update"), ({"type": ["job"]}, None), ([], None),
    ],
)  # fmt: skip
def test_what_a_message_belongs_to(data: object, topic: str | None) -> None:
    assert topics.topic_of(data) == topic


def test_every_topic_stands_in_the_table() -> None:
    assert topics.LISTENERS.keys() == {*RECORDS, "integrity", "job", "sync", "presence", "update"}
    assert all(roles <= set(ROLES) for roles in topics.LISTENERS.values())


def test_a_superadmin_may_have_all() -> None:
    assert topics.usual(SUPER_ADMIN) is None
    assert topics.allowed(SUPER_ADMIN, ["users", "job"]) == {"users", "job", "update"}


def test_another_role_gets_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(topics.LISTENERS, "businesses", frozenset({SUPER_ADMIN, BUSINESS_ADMIN}))

    assert topics.usual(BUSINESS_ADMIN) == {"businesses"}
    assert topics.allowed(BUSINESS_ADMIN, ["businesses"]) == {"businesses"}
    with pytest.raises(Problem) as refused:
        topics.allowed(BUSINESS_ADMIN, ["users", "businesses", "job"])
    assert (refused.value.status, refused.value.code) == (403, "topic-forbidden")
    assert refused.value.extra == {"topics": ["job", "users"]}
    assert "job, users" in refused.value.detail
