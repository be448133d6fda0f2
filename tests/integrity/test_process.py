"""A process is told dead only when it surely is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from digisence.integrity import process

NAME_ITSELF = "from digisence.integrity import process; print(process.here(), flush=True); input()"


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of its own, and its name."""
    child = subprocess.Popen(
        [sys.executable, "-c", NAME_ITSELF], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    yield child, child.stdout.readline().strip()
    child.kill()
    child.communicate()


def test_who_lives_is_not_gone(other: tuple[subprocess.Popen[str], str]) -> None:
    assert not process.gone(process.here())
    assert not process.gone(other[1])


def test_a_killed_one_is_gone_also_before_its_parent_collects_it(other: tuple[subprocess.Popen[str], str]) -> None:
    child, name = other
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.gone(name)
    child.wait()
    assert process.gone(name)


def test_a_number_that_is_used_again_is_another_process() -> None:
    name, _, born = process.here().rpartition("/")
    assert process.gone(f"{name}/{int(born) - 1}")


def test_a_stopped_one_lives(other: tuple[subprocess.Popen[str], str]) -> None:
    child, name = other
    os.kill(child.pid, signal.SIGSTOP)
    assert not process.gone(name)


@pytest.mark.parametrize("name", [None, "", "elsewhere:1", "elsewhere:999999@another-boot.1/5", "host:4194304@/1"])
def test_of_others_nothing_is_known(name: str | None) -> None:
    assert not process.gone(name)
