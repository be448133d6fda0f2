"""Who opens a connection and says nothing more, or takes nothing, holds no thread of the server for long."""

import contextlib
import os
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from digisence.cli import ground, web
from tests.cli.conftest import environment_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

THREADS = 2
BEGUN = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"


def test_silent_peers_do_not_keep_others_out(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "SILENCE", 1)
    with ground.Door("127.0.0.1", 0) as door, contextlib.ExitStack() as stack, (tmp_path / "web.log").open("w") as log:
        process = subprocess.Popen(
            web.command(door.handle, 1, THREADS), env={**os.environ, **environment_of(app)},
            pass_fds=[door.handle], stdout=log, stderr=log,
        )  # fmt: skip
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        for begun in (BEGUN, BEGUN[:20]) * THREADS:
            peer = stack.enter_context(socket.create_connection(door.local))
            peer.sendall(begun)
        with urllib.request.urlopen(f"http://127.0.0.1:{door.port}/healthz", timeout=30) as reply:
            assert reply.status == 200
