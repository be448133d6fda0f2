"""One command starts all, another key press ends all, and nothing that goes wrong is half-done or shown as a traceback."""

import os
import signal
import socket
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from digisence.config import redis_socket
from tests.cli.running import SHELL, Running, environment, until

Up = Callable[..., Running]
STOP_SECONDS = 5.0


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def up(instance: Path) -> Iterator[Up]:
    """`up(*arguments, **environment)` starts the product; what still runs at the end is killed."""
    started: list[Running] = []

    def begin(*arguments: str, **more: str) -> Running:
        started.append(Running(instance, *arguments, **more))
        return started[-1]

    yield begin
    for running in started:
        running.end()


def ask(address: str, path: str = "readyz") -> int:
    with urllib.request.urlopen(address + path, timeout=10) as reply:
        return int(reply.status)


def refused(instance: Path, *arguments: str, **more: str) -> tuple[int, str]:
    """Exit code and words of an `up` that cannot start."""
    command, seen = [*SHELL, "up", *arguments], environment(instance, **more)
    done = subprocess.run(command, env=seen, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    return done.returncode, said


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_start_work_and_second_start(up: Up, instance: Path) -> None:
    first = up()
    address = first.ready()
    assert ask(address) == 200
    with pytest.raises(urllib.error.HTTPError) as closed:
        ask(address, f"api/admin/businesses?categoryId={','.join(['01938c1e-7a4b-7c3e-9f00-3a5b7c9d1e2f'] * 200)}")
    closed.value.close()
    assert closed.value.code == 401  # and not 414, of a server that reads no further
    password = first.wait(r"password\s+(\S+)")[1]
    assert "superadmin@" in first.said
    assert (mode(instance), mode(instance / "secret.key"), mode(redis_socket(instance))) == (0o700, 0o600, 0o700)
    code, words = refused(instance, "--port", "0")
    assert code == 3
    assert "is up already" in words
    Redis(unix_socket_path=str(redis_socket(instance))).set("kept", "yes")
    secret = (instance / "secret.key").read_text()
    code, seconds = first.interrupt()
    assert (code, first.left()) == (0, [])
    assert seconds < STOP_SECONDS
    assert not [path for path in instance.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]

    second = up()
    second.ready()
    assert "First start" not in second.said
    assert Redis(unix_socket_path=str(redis_socket(instance))).get("kept") == b"yes"
    assert (instance / "secret.key").read_text() == secret
    second.interrupt()
    assert second.left() == []


def test_parts_that_die_come_back(up: Up) -> None:
    running = up()
    address = running.ready()
    for name in ("scheduler", "relay", "worker"):
        running.part(name).kill()
        running.wait(rf"{name} died \(killed by SIGKILL\)")
        running.wait(rf"{name} is started again")
    running.part("gunicorn").kill()
    running.wait("web is started again")
    assert ask(address, "healthz") == 200  # asked while nobody served: the listening socket outlives its server
    running.part("unixsocket").kill()
    running.wait("redis is started again")
    until(lambda: answer(address) == 200, 30)
    code, seconds = running.interrupt()
    assert (code, running.left()) == (0, [])
    assert seconds < STOP_SECONDS


def answer(address: str) -> int:
    try:
        return ask(address)
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_outlives_a_killed_up(up: Up) -> None:
    running = up()
    running.ready()
    assert len(running.family) >= 6
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    until(lambda: running.left() == [], 5)
    again = up()
    assert ask(again.ready()) == 200


def test_sigterm_while_it_starts_leaves_nothing(up: Up, instance: Path) -> None:
    running = up()
    until(redis_socket(instance).exists, 30)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(15) == 0
    assert not answers(instance)


def answers(instance: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(redis_socket(instance))) == 0


def test_no_password_is_written_into_a_file(instance: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*SHELL, "up", "--port", "0"], env=environment(instance), stdout=out, stderr=out, start_new_session=True
        )
        until(lambda: "is ready" in log.read_text(), 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    assert "password " not in log.read_text()
    assert "digisence superadmin create" in log.read_text()


def test_port_in_use(instance: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, words = refused(instance, "--port", str(taken.getsockname()[1]))
    assert code == 3
    assert "--port" in words
    assert not (instance / "redis").exists()
    assert not (instance / "digisence.sqlite").exists()


def test_instance_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, words = refused(tmp_path / "file" / "instance", "--port", "0")
    assert code in {3, 64}
    assert "DIGISENCE_INSTANCE" in words


@pytest.mark.parametrize("url", ["not a url", "oracle://x/y"])
def test_database_url_that_cannot_be_understood(instance: Path, url: str) -> None:
    code, words = refused(instance, "--port", "0", DATABASE_URL=url)
    assert code in {3, 64}
    assert "DATABASE_URL" in words


def test_database_that_does_not_answer(instance: Path) -> None:
    code, words = refused(instance, "--port", "0", DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/none")
    assert code == 3
    assert "DATABASE_URL" in words
    assert "hidden" not in words
    assert not answers(instance)


def test_redis_that_does_not_answer(instance: Path) -> None:
    code, words = refused(instance, "--port", "0", REDIS_URL="redis://:hidden@127.0.0.1:1/0")
    assert code == 3
    assert "REDIS_URL" in words
    assert "hidden" not in words
    assert not (instance / "digisence.sqlite").exists()


def test_redis_data_that_cannot_be_read(instance: Path) -> None:
    (instance / "redis" / "appendonlydir").mkdir(parents=True)
    (instance / "redis" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    code, words = refused(instance, "--port", "0")
    assert code == 3
    assert str(instance / "redis") in words
    assert not (instance / "digisence.sqlite").exists()
