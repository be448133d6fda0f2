"""The application's context, and people to sign in."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import orjson
import pytest
from flask import Flask
from redis import Redis

from digisence import records
from digisence.accounts import passwords
from digisence.changes import Context, unit_of_work
from digisence.extensions.sse import CONTROL
from digisence.models import User

PASSWORD = "three grey horses run"

Person = Callable[..., str]
Orders = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def person(context: None) -> Person:
    """Makes a user (a superadmin with PASSWORD unless told otherwise) and returns the id."""

    def make(email: str = "anna@example.org", **values: Any) -> str:
        with unit_of_work(Context("system:test")) as unit:
            user = User(
                **{"email": email, "role": "SUPER_ADMIN", "password_hash": passwords.hash_password(PASSWORD), **values}
            )
            unit.add(user)
            unit.flush()
            return user.id

    return make


@pytest.fixture
def orders(redis_url: str) -> Iterator[Orders]:
    """Gives the control messages that every process has got since the last call."""
    with closing(Redis.from_url(redis_url)) as client, client.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(CONTROL)
        subscription.get_message(timeout=5)

        def read() -> list[dict[str, Any]]:
            client.publish(CONTROL, b"{}")  # comes after whatever was published before
            found = []
            while (message := subscription.get_message(timeout=5)) is None or message["data"] != b"{}":
                found += [orjson.loads(message["data"])] if message else []
            return found

        yield read


@pytest.fixture
def boss(context: None) -> Context:
    """A superadmin who acts."""
    made = records.create(User, {"email": "boss@example.org", "role": "SUPER_ADMIN"}, Context("system:test"))
    return Context(f"user:{made.id}", "request-1")
