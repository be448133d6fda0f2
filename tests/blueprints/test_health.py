"""Alive, ready, and the figures: each part that fails is named with its cure."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from digisence.changes.relay import HEARTBEAT
from digisence.extensions.queue import TICK_KEY
from tests import outsider
from tests.servers import RedisServer

from .conftest import MakeApp

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def processes(redis_url: str) -> None:
    """A scheduler and a relay that live."""
    with Redis.from_url(redis_url) as redis:
        redis.set(TICK_KEY, "{}", ex=60)
        redis.set(HEARTBEAT, "1", ex=60)


def faulty(client: FlaskClient) -> set[str]:
    """The parts that are not well; each says how to mend it."""
    reply = client.get("/readyz")
    parts = reply.json["parts"]
    assert set(parts) == {"database", "migrations", "triggers", "redis", "scheduler", "relay"}
    found = {name for name, part in parts.items() if not part["ok"]}
    assert reply.status_code == (503 if found else 200)
    assert reply.json["status"] == ("not-ready" if found else "ready")
    assert all(bool(part["detail"]) is (name in found) for name, part in parts.items())
    return found


def test_all_is_well(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert faulty(client) == set()


def test_another_schema_is_seen(client: FlaskClient, database: str) -> None:
    outsider.write(database, "UPDATE alembic_version SET version_num = '0001'")
    assert faulty(client) == {"migrations"}
    assert "digisence db upgrade" in client.get("/readyz").json["parts"]["migrations"]["detail"]


def test_a_missing_trigger_is_seen(client: FlaskClient, database: str) -> None:
    name = "digisence_users_update" if database.startswith("sqlite") else "digisence_users_capture"
    outsider.write(database, drop(database, name))
    assert faulty(client) == {"triggers"}


def drop(database: str, name: str) -> str:
    return f"DROP TRIGGER {name}" + ("" if database.startswith("sqlite") else " ON users")


@SQLITE
@pytest.mark.parametrize(("key", "part"), [(TICK_KEY, "scheduler"), (HEARTBEAT, "relay")])
def test_a_dead_process_is_seen(client: FlaskClient, redis_url: str, key: str, part: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.delete(key)
    assert faulty(client) == {part}


@SQLITE
def test_a_dead_redis_is_seen(client: FlaskClient, redis_server: RedisServer) -> None:
    redis_server.kill()
    assert faulty(client) == {"redis", "scheduler", "relay"}
    assert client.get("/healthz").status_code == 200


def test_a_dead_database_is_seen_and_its_address_kept(make_app: MakeApp, app: Flask) -> None:
    url = (
        "postgresql://user:hunter2@127.0.0.1:9/none"
        if "postgresql" in app.config["SQLALCHEMY_DATABASE_URI"]
        else "sqlite:////no/such/folder/db"
    )
    client = make_app(database_url=url).test_client()
    assert faulty(client) == {"database", "migrations", "triggers"}
    assert client.get("/healthz").status_code == 200
    assert "hunter2" not in client.get("/readyz").text


@SQLITE
def test_a_database_without_tables_is_not_ready(make_app: MakeApp, tmp_path: object) -> None:
    client = make_app(database_url=f"sqlite:///{tmp_path}/empty.sqlite").test_client()
    assert faulty(client) == {"migrations", "triggers"}


@SQLITE
def test_figures_are_for_this_machine(client: FlaskClient) -> None:
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.mimetype == "text/plain"
    assert "digisence_requests_total" in reply.text
    for caller in ({"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}):
        refused = client.get("/metrics", environ_overrides=caller)
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200


@SQLITE
def test_figures_are_for_who_has_the_token(make_app: MakeApp) -> None:
    client = make_app(metrics_token="scrape-me-please").test_client()
    far = {"REMOTE_ADDR": "192.0.2.1"}

    def ask(value: str) -> int:
        return client.get("/metrics", environ_overrides=far, headers={"Authorization": value}).status_code

    assert ask("Bearer scrape-me-please") == 200
    assert [ask("Bearer scrape-me"), ask("Basic scrape-me-please"), ask("Bearer ü")] == [403, 403, 403]


@SQLITE
def test_without_a_token_set_none_opens_the_figures(client: FlaskClient) -> None:
    far = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/metrics", environ_overrides=far, headers={"Authorization": "Bearer "}).status_code == 403
