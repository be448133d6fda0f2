"""`digisence stream tail` shows what goes out, as it goes out."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

from digisence.cli.output import USAGE
from digisence.extensions import sse

from .conftest import PROGRAM, Run, environment_of

CREATED: dict[str, Any] = {
    "type": "change", "timestamp": "2026-01-02T03:04:05.678Z", "resource": "users", "recordId": "u1",
    "action": "created", "version": 1, "actor": "user:me", "patch": {"name": "Ann"},
}  # fmt: skip
UPDATED = CREATED | {"resource": "businesses", "recordId": "b1", "action": "updated"}
MANY = {"type": "change", "resource": "users", "action": "many", "count": 900, "actor": "system:import"}
JOB = {"type": "job", "id": "j1", "state": "done"}


@pytest.fixture
def start(app: Flask) -> str:
    """A position after which these messages were published."""
    with app.app_context():
        position = str(sse.head())
        for message in (CREATED, UPDATED, MANY, JOB):
            sse.publish(message)
    return position


def test_prints_every_message_after_a_position(run: Run, start: str) -> None:
    found = run("stream", "tail", "--since", start, "--count", 4)
    assert found.exit_code == 0
    lines = [line.rsplit("  ", 1)[0] for line in found.output.splitlines()]
    assert lines == [
        "03:04:05.678 created     users u1 by user:me",
        "03:04:05.678 updated     businesses b1 by user:me name",
        " many        users 900 records by system:import",
        ' job {"id":"j1","state":"done"}',
    ]


def test_json_lines_of_some_topics(run: Run, start: str) -> None:
    found = run("stream", "tail", "--since", start, "--count", 2, "--topics", "businesses,job", "--json")
    told = [json.loads(line) for line in found.stdout.splitlines()]
    assert [{name: value for name, value in item.items() if name != "id"} for item in told] == [
        UPDATED, {name: value for name, value in JOB.items() if name != "id"},
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [("--topics", "cats"), ("--since", "yesterday"), ("--since", "1-1")])
def test_refuses_what_it_cannot_follow(run: Run, start: str, arguments: tuple[str, str]) -> None:
    found = run("stream", "tail", *arguments)
    assert found.exit_code == USAGE
    assert found.stderr


def test_follows_until_ctrl_c(app: Flask, start: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM, "stream", "tail", "--json", "--since", start],
        env={**os.environ, **environment_of(app)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert [json.loads(process.stdout.readline())["type"] for _ in range(4)] == ["change", "change", "change", "job"]
    with app.app_context():
        sse.publish(CREATED | {"recordId": "u2"})
    assert json.loads(process.stdout.readline())["recordId"] == "u2"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")
