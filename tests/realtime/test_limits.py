"""Limits hold across processes and threads, and places come back once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from digisence.config import load_settings
from digisence.errors import Problem
from digisence.extensions.sse import Position
from digisence.realtime.client import Listener
from digisence.realtime.limits import Limits
from digisence.realtime.ring import Ring
from digisence.realtime.roster import Roster
from tests.conftest import SECRET

MakeLimits = Callable[[], Limits]


@pytest.fixture
def limits(redis_url: str, tmp_path: Path) -> Iterator[MakeLimits]:
    """Each call is another process on the same Redis: 2 a user, 3 an address, 4 in all."""
    chosen = load_settings(
        instance=tmp_path,
        secret_key=SECRET,
        redis_url=redis_url,
        stream_limit_user=2,
        stream_limit_address=3,
        stream_limit=4,
    )
    made = []

    def make() -> Limits:
        roster = Roster(redis_url, Ring(Position(0, 0), 1000), dict)
        roster.thread.start()
        made.append(roster)
        return Limits(chosen, roster)

    yield make
    for roster in made:
        roster.close()


def listener(user: str, address: str) -> Listener:
    return Listener(user, "s", address, 0, 0)


def admitted(limits: Limits, user: str, address: str) -> bool:
    try:
        limits.admit(listener(user, address))
    except Problem:
        return False
    return True


def eventually(limits: Limits, user: str, address: str) -> bool:
    """A place given back is free for other processes as soon as the roster is told."""
    return any(admitted(limits, user, address) for _ in range(10_000))


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("held", "asked", "kind"),
    [
        ([("u", "a"), ("u", "b")], ("u", "c"), "user"),
        ([("u", "a"), ("v", "a"), ("w", "a")], ("x", "a"), "address"),
        ([("u", "a"), ("v", "b"), ("w", "c"), ("x", "d")], ("y", "e"), "all"),
    ],
)
def test_each_limit_refuses_with_the_time_to_come_back(
    limits: MakeLimits, processes: int, held: list, asked: tuple, kind: str
) -> None:
    counting = [limits() for _ in range(processes)]
    leaving = [counting[number % processes].admit(listener(*one)) for number, one in enumerate(held)]

    with pytest.raises(Problem) as refused:
        counting[-1].admit(listener(*asked))

    assert (refused.value.status, refused.value.code, refused.value.extra) == (429, "too-many-streams", {"limit": kind})
    assert int(refused.value.headers["Retry-After"]) > 0
    assert counting[-1].refused == {"user": 0, "address": 0, "all": 0, kind: 1}
    leaving[0]()
    assert eventually(counting[-1], *asked)


def test_a_place_is_given_back_once(limits: MakeLimits) -> None:
    counting = limits()
    leave = counting.admit(listener("u", "a"))
    counting.admit(listener("u", "b"))
    leave()
    leave()
    counting.admit(listener("u", "c"))

    assert not admitted(counting, "u", "d")


def test_the_threads_of_two_processes_do_not_slip_past(limits: MakeLimits) -> None:
    processes = [limits(), limits()]

    with ThreadPoolExecutor(16) as pool:
        given = pool.map(lambda number: admitted(processes[number % 2], str(number), str(number)), range(200))

    assert sum(given) == 4
