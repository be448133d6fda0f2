"""Limits hold under threads, and places come back once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from digisence.config import load_settings
from digisence.errors import Problem
from digisence.realtime.limits import Limits
from tests.conftest import SECRET


def limits(tmp_path: Path) -> Limits:
    return Limits(
        load_settings(instance=tmp_path, secret_key=SECRET, stream_limit_user=2, stream_limit_address=3, stream_limit=4)
    )


@pytest.mark.parametrize(
    ("held", "asked", "kind"),
    [
        ([("u", "a"), ("u", "b")], ("u", "c"), "user"),
        ([("u", "a"), ("v", "a"), ("w", "a")], ("x", "a"), "address"),
        ([("u", "a"), ("v", "b"), ("w", "c"), ("x", "d")], ("y", "e"), "all"),
    ],
)
def test_each_limit_refuses_with_the_time_to_come_back(tmp_path: Path, held: list, asked: tuple, kind: str) -> None:
    counting = limits(tmp_path)
    leaving = [counting.admit(*one) for one in held]

    with pytest.raises(Problem) as refused:
        counting.admit(*asked)

    assert (refused.value.status, refused.value.code, refused.value.extra) == (429, "too-many-streams", {"limit": kind})
    assert int(refused.value.headers["Retry-After"]) > 0
    leaving[0]()
    counting.admit(*asked)


def test_a_place_is_given_back_once(tmp_path: Path) -> None:
    counting = limits(tmp_path)
    leave = counting.admit("u", "a")
    counting.admit("u", "b")
    leave()
    leave()
    counting.admit("u", "c")

    with pytest.raises(Problem):
        counting.admit("u", "d")


def test_threads_do_not_slip_past(tmp_path: Path) -> None:
    counting = limits(tmp_path)

    def ask(number: int) -> bool:
        try:
            counting.admit(str(number), str(number))
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(200))) == 4
