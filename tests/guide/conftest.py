"""One machine for all tests of the guide, with a superadmin and enough records for an opening worth compressing."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.conftest import named
from tests.guide.machine import Machine
from tests.guide.visitor import Visitor

EMAIL, PASSWORD = "anna@example.org", "three grey horses run"
BUSINESSES = 300
STREAMS_AN_ADDRESS = 4

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def database_of_its_own(postgresql: str, postgresql_template: str) -> str:
    """A migrated PostgreSQL database for the machine."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE digisence TEMPLATE {}").format(sql.Identifier(postgresql_template)))
    return named(postgresql, "digisence")


@pytest.fixture(scope="package")
def machine(database_of_its_own: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The machine, ready."""
    folder = tmp_path_factory.mktemp("machine")
    limits = {"DIGISENCE_STREAM_LIMIT_ADDRESS": str(STREAMS_AN_ADDRESS), "DIGISENCE_HEARTBEAT": "3"}
    started = Machine(folder, database_of_its_own, **limits)
    try:
        started.start()
        started.run("superadmin", "create", EMAIL, "--password-stdin", said=PASSWORD)
        started.run("seed", "demo", "--businesses", str(BUSINESSES))
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="package")
def token(machine: Machine) -> str:
    """An access token."""
    with Visitor(machine.port("https"), machine.trust()) as visitor:
        reply = visitor.http.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    return str(reply.json()["accessToken"])


@pytest.fixture
def visit(machine: Machine, token: str) -> Iterator[Visit]:
    """`visit(http2=False, address="127.0.0.1")`: somebody who is signed in."""
    came: list[Visitor] = []

    def visit(**options: Any) -> Visitor:
        came.append(Visitor(machine.port("https"), machine.trust(), **options).sign(token))
        return came[-1]

    yield visit
    for visitor in came:
        visitor.leave()
