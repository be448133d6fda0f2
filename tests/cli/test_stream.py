"""`digisence stream tail` shows what goes out, as it goes out."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from digisence import create_app
from digisence.cli.output import USAGE
from digisence.clock import parse, to_wire, utcnow
from digisence.extensions import redis_client, sse
from digisence.extensions.sse import stream_key
from tests.conftest import SECRET
from tests.servers import RedisServer

from .conftest import Run, environment_of
from .tailing import Tail

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # the feed lies in Redis

CREATED: dict[str, Any] = {
    "type": "change", "timestamp": to_wire(utcnow()), "resource": "users", "recordId": "u1",
    "action": "created", "version": 1, "actor": "user:me", "patch": {"email": "a@example.org", "name": "Ann"},
}  # fmt: skip
UPDATED = CREATED | {
    "resource": "businesses", "recordId": "b1", "action": "updated", "actor": "external", "patch": {"name": "Bee", "phone": "1"},
}  # fmt: skip
MANY = {"type": "change", "resource": "users", "action": "many", "count": 900, "actor": "system:import"}
JOB = {"type": "job", "id": "j1", "state": "done", "error": None}
UPDATE = {"type": "update", "data": {"counts": {"users": 3, "businesses": 1}, "recentChanges": {"users": [1, 2]}}}
TOLD = (CREATED, UPDATED, MANY, JOB, UPDATE)


@pytest.fixture
def start(app: Flask) -> str:
    """A position after which these messages were published."""
    with app.app_context():
        position = str(sse.head())
        for message in TOLD:
            sse.publish(message)
    return position


def shown(found: Any) -> list[str]:
    """Lines without time and position."""
    return [re.sub(r"^[\d:.]{12}  |  \d+-\d+$", "", line) for line in found.stdout.splitlines()]


def test_prints_every_message_after_a_position(run: Run, start: str) -> None:
    found = run("stream", "tail", "--since", start, "--count", 5)
    assert found.exit_code == 0
    assert shown(found) == [
        'created      users/u1  "a@example.org"  by user:me',
        'updated      businesses/b1  "Bee"  name, phone  by external',
        "many         900 users  by system:import",
        "job          id j1  state done",
        "update       users 3  businesses 1  recent changes 2",
    ]
    first = found.stdout.splitlines()[0]
    assert first.startswith(parse(CREATED["timestamp"]).astimezone().strftime("%H:%M:%S."))
    assert run("stream", "tail", "--since", first.split()[-1], "--count", 1).stdout.split()[1] == "updated"


def test_patches_below_their_change(run: Run, start: str) -> None:
    found = run("stream", "tail", "--since", start, "--count", 2, "--patch")
    assert shown(found) == [
        'created      users/u1  "a@example.org"  by user:me', '    email  "a@example.org"', '    name   "Ann"',
        'updated      businesses/b1  "Bee"  by external', '    name   "Bee"', '    phone  "1"',
    ]  # fmt: skip


def test_json_lines_of_some_topics(run: Run, start: str) -> None:
    found = run("stream", "tail", "--since", start, "--count", 2, "--topics", "businesses,job", "--json")
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert [{name: value for name, value in item.items() if name != "id"} for item in told] == [
        UPDATED, {"jobId" if name == "id" else name: value for name, value in JOB.items()},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ("--topics users", "created many"),
        ("--topics users,update", "created many update"),
        ("--type job,update", "job update"),
        ("--action created,updated", "created updated"),
        ("--action updated --topics users", ""),
        ("--actor external", "updated"),
        ("--actor user:* --actor system:*", "created many"),
        ("--record u1", "created"),
        ("--record users/u1 --record businesses/b1", "created updated"),
        ("--record users/b1", ""),
        ("--mutation m1", ""),
    ],
)
def test_filters_narrow_one_another(run: Run, start: str, arguments: str, kept: str) -> None:
    found = run("stream", "tail", "--since", start, "--until-idle", 0, *arguments.split())
    assert found.exit_code == 0
    assert " ".join(line.split()[0] for line in shown(found)) == kept


def test_only_what_one_call_did(app: Flask, run: Run, start: str) -> None:
    with app.app_context():
        sse.publish(CREATED | {"recordId": "u9", "mutationId": "m1"})
    found = run("stream", "tail", "--since", start, "--until-idle", 0, "--mutation", "m1")
    assert shown(found) == ['created      users/u9  "a@example.org"  by user:me']


def test_since_a_time_ago(app: Flask, run: Run, start: str) -> None:
    time.sleep(1.1)
    with app.app_context():
        sse.publish(JOB)
    found = run("stream", "tail", "--since", "1s", "--until-idle", 0)
    assert (shown(found), found.stderr) == (["job          id j1  state done"], "")
    found = run("stream", "tail", "--since", "7d", "--until-idle", 0)
    assert (len(shown(found)), found.stderr) == (6, "")  # the feed began within these days: nothing is missing
    with app.app_context():
        redis_client.get().xtrim(stream_key(), maxlen=2, approximate=False)
    found = run("stream", "tail", "--since", "7d", "--until-idle", 0)
    assert len(shown(found)) == 2
    assert found.stderr == "digisence: the feed does not go back 7d: here is all that it keeps\n"


def test_a_day_that_is_not_today_is_named(run: Run, app: Flask, start: str) -> None:
    with app.app_context():
        sse.publish(CREATED | {"timestamp": "2026-01-02T12:04:05.678Z"})
    lines = run("stream", "tail", "--since", start, "--action", "created", "--until-idle", 0).stdout.splitlines()
    assert [line for line in lines if line.startswith("──")] == ["── Friday, 2026-01-02 ──"]


def test_what_others_wrote_cannot_play_with_the_terminal(run: Run, app: Flask, start: str) -> None:
    evil = "\x1b[2J\x9b2J\r\n\u202e"
    with app.app_context():
        change = {"type": "change", "action": evil, "resource": evil, "recordId": evil, "actor": evil}
        sse.publish({**change, "action": "created", "resource": "users", "patch": {"name": evil, evil: evil}})
        sse.publish(change)
        sse.publish({"type": evil, "state": evil, evil: evil})
        redis_client.get().xadd(stream_key(), {"data": "no JSON"})
        sse.publish(JOB)
    found = run("stream", "tail", "--since", start, "--until-idle", 0, "--patch")
    assert found.exit_code == 0
    assert all(line.isprintable() for line in found.stdout.split("\n"))
    assert "\\u001b" in found.stdout
    assert shown(found)[-1] == "job          id j1  state done"
    assert "is no message: somebody else wrote to the feed" in found.stderr


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(
    app: Flask, start: str, environment: dict[str, str], coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-m", "digisence", "stream", "tail", "--since", start, "--count", "1"]
    surroundings = {**os.environ, **environment_of(app), **environment}
    subprocess.run(arguments, env=surroundings, stdout=theirs, check=True, timeout=60)
    os.close(theirs)
    said = os.read(ours, 65536)
    os.close(ours)
    assert b"users/" in said
    assert (b"\x1b[32m" in said) is coloured


@pytest.mark.parametrize(
    "arguments",
    [
        ("--topics", "cats"), ("--type", "cats"), ("--action", "eaten"), ("--since", "yesterday"), ("--since", "1-1"),
        ("--since", "99999999999999999d"), ("--until-idle", "-1"),
    ],
)  # fmt: skip
def test_refuses_what_it_cannot_follow(run: Run, start: str, arguments: tuple[str, str]) -> None:
    found = run("stream", "tail", *arguments)
    assert found.exit_code == USAGE
    assert found.stderr


@pytest.mark.parametrize("lasting", [True, False])
def test_survives_a_restart_of_redis_and_says_what_is_lost(database: str, tmp_path: Path, lasting: bool) -> None:
    redis = RedisServer(tmp_path, persist=lasting)
    redis.start()
    app = create_app(instance=tmp_path, database_url=database, redis_url=redis.url, secret_key=SECRET)
    with app.app_context():
        before = str(sse.head())
        sse.publish(CREATED)
        tail = Tail(environment_of(app), "--since", before)
        assert tail.told()["recordId"] == "u1"
        redis.kill()
        assert "Redis does not answer" in tail.noted()
        redis.start()
        assert tail.noted() == "digisence: Redis is back\n"
        sse.publish(CREATED | {"recordId": "u2"})
        assert tail.told()["recordId"] == "u2"
        code, said = tail.end()
    assert code == 0
    redis.stop()
    assert said.startswith("digisence: lost: the feed no longer keeps") is not lasting
    assert said.count("\n") == (not lasting)


def test_waits_for_a_redis_that_is_away_from_the_start(database: str, tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    app = create_app(instance=tmp_path, database_url=database, redis_url=redis.url, secret_key=SECRET)
    tails = [Tail(environment_of(app), *since) for since in ((), ("--since", "1h"))]
    for tail in tails:
        assert tail.noted().startswith("digisence: Redis does not answer (")
    impatient = Tail(environment_of(app))
    assert "waiting for it" in impatient.noted()
    assert impatient.end() == (0, "")
    redis.start()
    with app.app_context():
        sse.publish(CREATED)  # before they look again, or after: it is later than they were started
    for tail in tails:
        assert tail.told()["recordId"] == "u1"
        assert tail.end() == (0, "digisence: Redis is back\n")
    redis.stop()


def test_a_sign_in_is_for_another_panel(run: Run, app: Flask) -> None:
    assert run("stream", "tail", "--email", "me@example.org").exit_code == USAGE


def test_the_position_of_a_run_is_not_its_own_id(app: Flask, start: str) -> None:
    with app.app_context():
        position = sse.publish({"type": "integrity", "id": "run-1", "state": "passed"})
    tail = Tail(environment_of(app), "--since", start, "--topics", "integrity")
    told = tail.told()
    assert (told["id"], told["runId"]) == (position, "run-1")
    assert tail.end() == (0, "")


def test_says_what_was_trimmed_while_it_slept(app: Flask, start: str) -> None:
    tail = Tail(environment_of(app), "--since", start, "--type", "change")
    for _ in range(3):
        tail.told()
    tail.process.send_signal(signal.SIGSTOP)
    with app.app_context():
        for number in range(5):
            sse.publish(CREATED | {"recordId": f"n{number}"})
        redis_client.get().xtrim(stream_key(), maxlen=2, approximate=False)
    tail.process.send_signal(signal.SIGCONT)
    assert [tail.told()["recordId"] for _ in range(2)] == ["n3", "n4"]
    code, said = tail.end()
    assert code == 0
    assert said.startswith("digisence: lost: ")


def test_a_reader_who_has_seen_enough_is_no_fault(app: Flask, start: str) -> None:
    tail = Tail(environment_of(app), "--since", start)
    assert tail.process.stdout is not None
    tail.told()
    tail.process.stdout.close()
    with app.app_context():
        sse.publish(CREATED)
        sse.publish(CREATED)
    assert tail.process.wait(15) == 0
    assert tail.process.stderr is not None
    assert tail.process.stderr.read() == ""
    tail.process.stderr.close()


def test_follows_until_ctrl_c(app: Flask, start: str) -> None:
    tail = Tail(environment_of(app), "--since", start)
    assert [tail.told()["type"] for _ in range(5)] == ["change", "change", "change", "job", "update"]
    with app.app_context():
        sse.publish(CREATED | {"recordId": "u2"})
    assert tail.told()["recordId"] == "u2"
    assert tail.end() == (0, "")
