"""Who may go on listening."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.models import Session, User
from digisence.realtime.rights import UNCLEAR, ended, verdict


def fact(**values: object) -> dict[str, object]:
    return {"type": "change", "resource": "users", "recordId": "u1", "action": "updated", "patch": {}, **values}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (fact(patch={"role": "BUSINESS_ADMIN"}), "u1"),
        (fact(patch={"isActive": False}), "u1"),
        (fact(action="deleted", patch=None), "u1"),
        (fact(action="quarantined", patch=None), "u1"),
        (fact(patch=None), UNCLEAR),
        ({"type": "change", "resource": "users", "action": "many", "count": 900}, UNCLEAR),
        (fact(patch={"name": "x"}), None),
        (fact(patch={"role": "SUPER_ADMIN", "isActive": True}), None),
        (fact(action="created", patch={"role": "SUPER_ADMIN", "isActive": True}), None),
        (fact(resource="businesses", action="deleted"), None),
        ({"type": "job"}, None),
        ([], None),
        ("text", None),
    ],
)
def test_what_a_message_means(data: object, expected: str | None) -> None:
    assert verdict(data) == expected


SPOILERS: dict[str, Callable[[User, Session], object]] = {
    "revoked": lambda _user, session: setattr(session, "revoked_at", utcnow()),
    "over": lambda _user, session: setattr(session, "expires_at", utcnow() - timedelta(seconds=1)),
    "disabled": lambda user, _session: setattr(user, "is_active", False),
    "another role": lambda user, _session: setattr(user, "role", "BUSINESS_ADMIN"),
}


def test_the_database_says_which_sign_ins_have_ended(app: Flask) -> None:
    with app.app_context(), unit_of_work(Context("system:test")) as unit:
        for name, spoil in [("good", None), *SPOILERS.items()]:
            user = User(id=f"user {name}", email=f"{name.replace(' ', '')}@example.org", role="SUPER_ADMIN", is_active=True)
            session = Session(id=name, user_id=user.id, expires_at=utcnow() + timedelta(days=1))
            unit.add(user)
            unit.flush()
            if spoil:
                spoil(user, session)
            unit.add(session)

    assert ended(app, ["good", "unknown", *SPOILERS]) == {"unknown", *SPOILERS}
    assert ended(app, [f"x{number}" for number in range(1200)] + ["good"]) == {f"x{number}" for number in range(1200)}
    assert ended(app, []) == set()
