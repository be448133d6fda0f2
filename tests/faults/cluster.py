"""Two servers of several processes, one Redis, and doors before each where a fault can be put."""

import contextlib
import os
import random
import shutil
import signal
import time
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import RedisError

from digisence.extensions.sse import stream_key
from tests.proxy import Proxy, until
from tests.realtime.conftest import start
from tests.realtime.web import Web
from tests.servers import RedisServer

SERVERS, PROCESSES = 2, 2
RING_BYTES = 3_000_000
CHECK_SECONDS = 1.0


class Cluster:
    """`doors[i]` stands before server i, `wires[i]` between it and Redis."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.redis = RedisServer(folder, persist=True)
        self.redis.start()
        self.wires = [Proxy(self.redis.socket) for _ in range(SERVERS)]
        self.webs = [self._web(place) for place in range(SERVERS)]
        self.doors = [Proxy(web.address) for web in self.webs]

    def _web(self, place: int) -> Web:
        host, port = self.wires[place].address
        return start(
            self._folder, f"redis://{host}:{port}/0", processes=PROCESSES, heartbeat=1, stream_bytes=RING_BYTES,
            check=CHECK_SECONDS, stream_limit_user=10_000, stream_limit_address=10_000,
            options=["--graceful-timeout", "3"],
        )  # fmt: skip

    def workers(self, place: int) -> list[int]:
        """The processes of a server."""
        return [child.pid for child in psutil.Process(self.webs[place].process.pid).children()]

    def kill_worker(self, place: int, which: int) -> None:
        """SIGKILL for one process; gunicorn starts another."""
        if workers := self.workers(place):
            with contextlib.suppress(ProcessLookupError):
                os.kill(workers[which % len(workers)], signal.SIGKILL)

    def reload(self, place: int) -> None:
        """New processes, and a graceful end for the old ones."""
        self.webs[place].process.send_signal(signal.SIGHUP)

    def roll(self, place: int) -> None:
        """Another server in the place of this one, which ends gracefully."""
        old, self.webs[place] = self.webs[place], self._web(place)
        self.doors[place].upstream = self.webs[place].address
        old.stop()

    def restart_redis(self, keep: bool) -> None:
        """SIGKILL, and a start with what it had, or with nothing."""
        self.redis.kill()
        if not keep:
            shutil.rmtree(self._folder / "appendonlydir")
        self.redis.start()

    def kill_subscribers(self) -> None:
        """Redis ends every subscription."""
        with contextlib.suppress(RedisError), Redis.from_url(self.redis.url) as admin:
            admin.client_kill_filter(_type="pubsub")

    def trim(self, keep: int) -> None:
        """The feed keeps its newest messages only."""
        with Redis.from_url(self.redis.url) as admin:
            admin.xtrim(stream_key(), maxlen=keep, approximate=False)

    def heal(self) -> None:
        """No fault any more."""
        for door in (*self.doors, *self.wires):
            door.heal()

    def address(self) -> tuple[str, int]:
        """Any server's door."""
        return random.choice(self.doors).address

    def whole(self) -> None:
        """Wait until every process is there."""
        for place in range(SERVERS):
            until(
                lambda place=place: len(self.workers(place)) >= PROCESSES, 20, "gunicorn does not start its processes"
            )  # type: ignore[misc]

    def close(self) -> None:
        """End everything."""
        self.heal()
        for web in self.webs:
            web.stop()
        for door in (*self.doors, *self.wires):
            door.close()
        self.redis.kill()
        time.sleep(0.1)
