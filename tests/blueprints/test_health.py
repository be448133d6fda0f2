"""Alive, ready, and the figures: each part that fails is named with its cure."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from digisence.changes import figures
from digisence.changes.outbox import drain
from digisence.changes.relay import HEARTBEAT
from digisence.extensions.queue import TICK_KEY, queue
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
    assert set(parts) == {"database", "migrations", "triggers", "outbox", "redis", "scheduler", "relay"}
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
    assert faulty(client) == {"migrations", "outbox"}
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
    assert faulty(client) == {"database", "migrations", "triggers", "outbox"}
    assert client.get("/healthz").status_code == 200
    assert "hunter2" not in client.get("/readyz").text


@SQLITE
def test_a_database_without_tables_is_not_ready(make_app: MakeApp, tmp_path: object) -> None:
    client = make_app(database_url=f"sqlite:///{tmp_path}/empty.sqlite").test_client()
    assert faulty(client) == {"migrations", "triggers", "outbox"}
    assert client.get("/metrics").status_code == 200


USER = "INSERT INTO users (id, email) VALUES ('{0}', '{0}@example.org')"
LONG_AGO = "UPDATE changes SET committed_at = '2020-01-01 00:00:00.000' WHERE record_id = '{0}'"


def test_an_outbox_that_does_not_move_is_seen(
    client: FlaskClient, app: Flask, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outsider.write(database, USER.format("u1"), USER.format("u2"))
    assert faulty(client) == set()  # it has just begun to wait
    assert "digisence_outbox_waiting 2.0" in client.get("/metrics").text
    outsider.tamper(database, LONG_AGO.format("u1"))
    assert faulty(client) == {"outbox"}
    detail = client.get("/readyz").json["parts"]["outbox"]["detail"]
    assert detail.startswith("2 changes wait, the oldest for ")
    assert "see that Redis takes writes" in detail

    with app.app_context():
        drain()
    outsider.write(database, USER.format("u3"))
    outsider.tamper(database, LONG_AGO.format("u3"))
    assert faulty(client) == set()  # something left it a moment ago
    [age] = [line for line in client.get("/metrics").text.splitlines() if line.startswith("digisence_outbox_oldest_s")]
    assert float(age.split()[1]) > 1e8
    later = figures.utcnow() + timedelta(seconds=figures.STILL_SECONDS + 1)
    monkeypatch.setattr(figures, "utcnow", lambda: later)
    assert faulty(client) == {"outbox"}
    assert client.get("/readyz").json["parts"]["outbox"]["detail"].startswith("1 change waits, ")


@SQLITE
def test_figures_are_told_with_redis_away(client: FlaskClient, database: str, redis_server: RedisServer) -> None:
    outsider.write(database, USER.format("u1"))
    redis_server.kill()
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert "digisence_outbox_waiting 1.0" in reply.text


def test_figures_are_told_with_the_database_away(make_app: MakeApp) -> None:
    client = make_app(database_url="postgresql://user@127.0.0.1:9/none").test_client()
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert "digisence_requests_total" in reply.text
    assert "digisence_outbox" not in reply.text


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

    assert [ask("Bearer scrape-me-please"), ask("bearer scrape-me-please")] == [200, 200]
    assert [ask("Bearer scrape-me"), ask("Basic scrape-me-please"), ask("Bearer ü")] == [403, 403, 403]


@SQLITE
def test_without_a_token_set_none_opens_the_figures(client: FlaskClient) -> None:
    far = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/metrics", environ_overrides=far, headers={"Authorization": "Bearer "}).status_code == 403


def figures_of(client: FlaskClient) -> dict[str, float]:
    """Every series, by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


CHECK = (
    "INSERT INTO checks (id, resource, title, severity, remedy, distribution, distribution_version, mode, "
    "registered_at) VALUES ('{0}', 'users', 'A', 'low', 'report', 'x', '1', '{1}', '2020-01-01 00:00:00.000')"
)
SWEPT = (
    "INSERT INTO runs (id, occurrence, state, repair, scheduled, actor, finished_at) "
    "VALUES ('{0}', '{0}', '{1}', {2}, {2}, 'system:sweep', {3})"
)


def test_a_sweep_that_is_late_is_a_warning_and_takes_no_server_out_of_service(
    client: FlaskClient, database: str, redis_url: str
) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.sadd("rq:workers:digisence", "rq:worker:w")
        redis.hset("rq:worker:w", "last_heartbeat", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")
    assert client.get("/readyz").json["warnings"] == {}  # nobody has registered a check: nothing is due yet
    outsider.write(database, CHECK.format("c1", "act"), CHECK.format("c2", "off"))
    assert faulty(client) == set()
    assert list(client.get("/readyz").json["warnings"]) == ["sweep"]
    assert "none ended yet" in client.get("/readyz").json["warnings"]["sweep"]
    true = "1" if database.startswith("sqlite") else "true"
    outsider.write(database, SWEPT.format("r1", "passed", true, "'2020-01-02 00:00:00.000'"))
    assert "none ended since 2020-01-02 00:00 UTC" in client.get("/readyz").json["warnings"]["sweep"]
    told = figures_of(client)
    assert (told["digisence_sweep_overdue"], told["digisence_worker_alive"], told["digisence_scheduler_alive"]) == (
        1,
        1,
        1,
    )
    assert told["digisence_sweep_age_seconds"] > 1e8
    assert told['digisence_check_last_success_age_seconds{check="c1"}'] > 1e8
    assert told['digisence_check_interval_seconds{check="c1"}'] == 600
    assert 'digisence_check_last_success_age_seconds{check="c2"}' not in told  # it is off
    outsider.write(database, "INSERT INTO schedules (name, enabled, changed_by) VALUES ('sweep', false, 'x')")
    assert client.get("/readyz").json["warnings"] == {}  # it was stopped on purpose
    assert (told := figures_of(client))["digisence_sweep_overdue"] == told["digisence_sweep_enabled"] == 0


@SQLITE
def test_a_queue_that_nobody_works_off_is_a_warning(client: FlaskClient, database: str, redis_url: str) -> None:
    queue.enqueue("integrity-run", {"run_id": "r1"}, job_id="old")
    with Redis.from_url(redis_url) as redis:
        redis.hset("rq:job:old", "enqueued_at", "2020-01-01T00:00:00.000000Z")
    warnings = client.get("/readyz").json["warnings"]
    assert set(warnings) == {"worker", "queue"}
    assert warnings["queue"].startswith("1 job waits, the first for ")
    outsider.write(
        database, SWEPT.format("r1", "abandoned", "true", "NULL"), SWEPT.format("r2", "errored", "true", "NULL")
    )
    told = figures_of(client)
    assert (told["digisence_queue_waiting"], told["digisence_worker_alive"], told["digisence_jobs_failed"]) == (1, 0, 0)
    assert told["digisence_queue_oldest_seconds"] > 1e8
    assert (told['digisence_runs{state="abandoned"}'], told['digisence_runs{state="errored"}']) == (1, 1)
    assert told['digisence_runs{state="passed"}'] == 0
