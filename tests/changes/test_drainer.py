"""The thread that drains: there when it is needed, gone when nobody has needed it for a while."""

import threading

import pytest
from flask import Flask

from digisence.changes import drainer
from digisence.changes.drainer import Drainer


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_drainer_that_has_nothing_to_do_leaves_and_comes_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drainer, "IDLE_SECONDS", 0.01)
    ours = Drainer(app)
    for _ in range(2):
        before = set(threading.enumerate())
        assert ours.nudge(30)
        for thread in set(threading.enumerate()) - before:
            thread.join(30)
            assert not thread.is_alive()
        assert ours._thread is None
