"""A server ends, or is replaced, under hundreds of streams: each is told when to come back, and misses nothing."""

import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.faults.cluster import SERVERS, Cluster
from tests.faults.follower import Follower
from tests.faults.writer import EVERYONE, Writer
from tests.proxy import until
from tests.realtime.conftest import Web

STREAMS, SECONDS = 300, 5
FOLLOWERS = 24


def test_sigterm_says_bye_to_hundreds_in_every_process_with_times_of_their_own(serve: Callable[..., Web]) -> None:
    web = serve(processes=2, threads=8, stream_limit_user=1000, stream_limit_address=1000)
    readers = [web.reader() for _ in range(STREAMS)]
    for reader in readers:
        reader.until("hello")
    began = time.monotonic()

    web.process.send_signal(signal.SIGTERM)

    byes = [reader.until("bye")[-1] for reader in readers]
    assert time.monotonic() - began < SECONDS
    assert {bye.json["reason"] for bye in byes} == {"drain"}
    assert all(bye.retry == bye.json["retryMs"] and bye.id is None for bye in byes)
    times = sorted(bye.json["retryMs"] for bye in byes)
    assert times[-1] - times[0] > 1500
    assert max(later - earlier for earlier, later in pairwise(times)) < 200
    assert all(reader.ended() for reader in readers)


def test_reloads_and_a_rolling_restart_lose_nothing_for_who_comes_back_with_its_id(
    cluster: Cluster, tmp_path: Path
) -> None:
    writer = Writer(tmp_path, cluster.redis.url)
    followers = [
        Follower(f"r{number}", ("sse", "ws")[number % 2], (None, "users")[number // 2 % 2], cluster.address)
        for number in range(FOLLOWERS)
    ]
    for follower in followers:
        follower.follow(stubborn=True)
    until(lambda: all(follower.passages for follower in followers))
    for act in (cluster.reload, cluster.roll):
        for server in range(SERVERS):
            writer.ask(["users", "businesses", EVERYONE] * 30, 500, together=False)
            act(server)
            writer.ask(["users", "businesses", EVERYONE] * 30, 500, together=False)
            cluster.whole()
    writer.ask([EVERYONE], 0, together=True)
    writer.finish()
    until(lambda: all(follower.heard and follower.heard >= writer.facts[-1].position for follower in followers), 30)
    for follower in followers:
        follower.leave()

    assert len(writer.facts) == 2 * SERVERS * 2 * 90 + 1
    assert all(len(follower.passages) == 1 for follower in followers), "somebody was told `lost`"
    for follower in followers:
        writer.judge(follower)
    assert sum(follower.connections for follower in followers) >= 2 * FOLLOWERS, "nobody had to come back"
