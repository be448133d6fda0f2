"""A process has one hub an application; a child after a fork has its own."""

import os
import threading
from collections.abc import Callable

from flask import Flask

from digisence.extensions.sse import sse
from digisence.realtime import drain, hub_for
from tests.realtime.conftest import change, numbers
from tests.realtime.web import Web

Serve = Callable[..., Web]


def test_there_is_one_hub_however_many_ask_at_once(feed: Flask) -> None:
    found = []
    askers = [threading.Thread(target=lambda: found.append(hub_for(feed))) for _ in range(20)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert len(found) == 20
    assert len(set(map(id, found))) == 1
    assert sum(thread.name == "streams" for thread in threading.enumerate()) == 1
    found[0].close()
    assert not [thread for thread in threading.enumerate() if thread.name == "feed"]


def test_after_a_close_the_next_to_ask_gets_a_new_one(feed: Flask) -> None:
    first = hub_for(feed)
    first.close()
    second = hub_for(feed)

    assert second is not first
    assert second.ready()
    second.close()


def test_a_forked_child_has_a_hub_of_its_own(feed: Flask) -> None:
    parent = hub_for(feed)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        mine = hub_for(feed)
        os.write(writing, b"own" if mine is not parent and mine.ready() else b"the parent's")
        drain()
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)

    assert os.read(reading, 100) == b"own"
    os.close(reading)
    parent.close()


def test_each_worker_of_gunicorn_follows_the_feed(serve: Serve) -> None:
    web = serve(processes=2, threads=2, stream_limit_user=100)
    readers = [web.reader() for _ in range(40)]
    for reader in readers:
        reader.until("hello")
    sse.publish(change(1))

    for reader in readers:
        assert numbers(reader.until("change")) == [1]
