"""Whatever happens, and in whatever order: a stream's reader has every message once, in order, or was told `lost`.

Hypothesis chooses the faults; the servers, the processes and the Redis are real. `DIGISENCE_FAULT_EXAMPLES=100` tries
so many histories, each time others, and tells how many; without it a few, the same each time.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from digisence.extensions.sse import Position
from tests.faults.cluster import SERVERS, Cluster
from tests.faults.follower import Follower
from tests.faults.writer import EVERYONE, Writer

EXAMPLES = int(os.environ.get("DIGISENCE_FAULT_EXAMPLES", "0"))
STEPS = 30
FOLLOWERS = 6
EXCUSED_SECONDS = 20.0  # what a fault does to a process may be seen so much later
STUCK_SECONDS = 90.0  # a machine with much else to do starts processes slowly
TOPICS = ("businesses", "users", "categories", EVERYONE)
CHOICES = (None, "users", "categories,businesses")

LIFE = settings(
    max_examples=EXAMPLES or 4,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not EXAMPLES,
    database=None,
    phases=[Phase.generate],  # a shorter history would take as long again, and a race need not repeat
    suppress_health_check=list(HealthCheck),
)
SERVER = st.integers(0, SERVERS - 1)
PLACE = st.integers(0, FOLLOWERS - 1)
tried: Counter[str] = Counter()


class Streams(RuleBasedStateMachine):
    """One history: who comes and goes, what is published, what breaks."""

    cluster: Cluster
    writer: Writer

    def __init__(self) -> None:
        super().__init__()
        self.followers: list[Follower] = []
        self.excuses: list[float] = []
        self.story: list[str] = []

    def note(self, what: str, *details: object, excuse: bool = False) -> None:
        """Remember a step; an `excuse` is a fault that may lose messages for good."""
        tried[what] += 1
        self.story.append(" ".join(map(str, (f"{time.monotonic():.2f}", what, *details))))
        if excuse:
            self.excuses.append(time.monotonic())

    @initialize()
    def some_follow(self) -> None:
        self.join("sse", None, False)
        self.join("ws", "users", True)

    # -- readers

    @precondition(lambda self: len(self.followers) < FOLLOWERS)
    @rule(transport=st.sampled_from(["sse", "ws"]), topics=st.sampled_from(CHOICES), stubborn=st.booleans())
    def join(self, transport: str, topics: str | None, stubborn: bool) -> None:
        follower = Follower(f"f{len(self.followers)}", transport, topics, self.cluster.address)
        self.followers.append(follower)
        self.note("join", follower.name, transport, topics)
        follower.follow(stubborn)

    @rule(place=PLACE, reset=st.booleans(), back=st.booleans())
    def part(self, place: int, reset: bool, back: bool) -> None:
        follower = self.followers[place % len(self.followers)]
        self.note("part", follower.name, "by a reset" if reset else "in order")
        follower.leave(reset)
        if back:
            follower.follow(stubborn=True)

    @rule(place=PLACE, stubborn=st.booleans())
    def come_back(self, place: int, stubborn: bool) -> None:
        follower = self.followers[place % len(self.followers)]
        self.note("come back", follower.name)
        follower.follow(stubborn)

    @rule(place=PLACE)
    def read_slowly(self, place: int) -> None:
        follower = self.followers[place % len(self.followers)]
        self.note("read slowly", follower.name)
        follower.leave()
        follower.follow(stubborn=True, small=True)
        follower.pause()

    # -- the feed

    @rule(
        count=st.integers(1, 150),
        size=st.sampled_from([10, 300, 4000]),
        together=st.booleans(),
        seed=st.integers(0, 99),
    )
    def publish(self, count: int, size: int, together: bool, seed: int) -> None:
        self.note("publish", count, size)
        self.writer.ask(random.Random(seed).choices(TOPICS, k=count), size, together)

    @rule(seed=st.integers(0, 99))
    def flood(self, seed: int) -> None:
        self.note("flood", excuse=True)
        self.writer.ask(random.Random(seed).choices(TOPICS, k=400), 20_000, True)

    @rule(keep=st.integers(0, 300))
    def trim(self, keep: int) -> None:
        self.note("trim", keep, excuse=True)
        self.cluster.trim(keep)

    # -- faults

    @rule(server=SERVER, which=st.integers(0, 3))
    def kill_worker(self, server: int, which: int) -> None:
        self.note("kill a process", server)
        self.cluster.kill_worker(server, which)

    @rule(server=SERVER)
    def reload(self, server: int) -> None:
        self.note("reload", server)
        self.cluster.reload(server)

    @rule(server=SERVER)
    def roll(self, server: int) -> None:
        self.note("another server", server)
        self.cluster.roll(server)

    @rule(keep=st.booleans())
    def restart_redis(self, keep: bool) -> None:
        self.note("restart Redis", "with its data" if keep else "empty", excuse=True)
        self.cluster.restart_redis(keep)

    @rule()
    def kill_subscribers(self) -> None:
        self.note("kill subscribers")
        self.cluster.kill_subscribers()

    @rule(server=SERVER)
    def half_open(self, server: int) -> None:
        self.note("half-open Redis", server)
        self.cluster.wires[server].freeze()

    @rule(server=SERVER)
    def silent_redis(self, server: int) -> None:
        self.note("silent Redis", server, excuse=True)
        self.cluster.wires[server].hold()

    @rule(server=SERVER)
    def silent_server(self, server: int) -> None:
        self.note("silent server", server, excuse=True)  # longer than the ring lasts
        self.cluster.doors[server].hold()

    @rule(server=SERVER)
    def cut(self, server: int) -> None:
        self.note("cut", server)
        self.cluster.doors[server].cut()

    @rule(server=SERVER, after=st.integers(0, 3000))
    def truncate(self, server: int, after: int) -> None:
        self.note("truncate", server, after)
        self.cluster.doors[server].truncate(after)

    @rule()
    def heal(self) -> None:
        self.note("heal")
        self.cluster.heal()

    @rule(milliseconds=st.integers(1, 700))
    def time_passes(self, milliseconds: int) -> None:
        self.note("time passes", milliseconds)
        time.sleep(milliseconds / 1000)

    # -- the verdict

    @rule()
    def settle(self) -> None:
        self.note("settle")
        self.cluster.heal()
        self.cluster.whole()
        self.writer.ask([EVERYONE], 0, True)
        self.writer.finish()
        for follower in self.followers:
            follower.paused = False
            follower.stubborn = True
            follower.follow(stubborn=True)
        self.await_all(self.writer.facts[-1].position)
        for follower in self.followers:
            self.judge(follower)

    def await_all(self, last: Position) -> None:
        """Wait while anybody moves on, until a heartbeat has told each that all up to `last` was sent."""
        stand, since = None, time.monotonic()
        while not all(follower.heard and follower.heard >= last for follower in self.followers):
            if stand != (stand := [(follower.position, follower.heard) for follower in self.followers]):
                since = time.monotonic()
            assert time.monotonic() < since + STUCK_SECONDS, self.told(f"not all come to {last}")
            time.sleep(0.01)

    def judge(self, follower: Follower) -> None:
        """Every passage whole; no `lost` without a cause."""
        try:
            self.writer.judge(follower)
        except AssertionError as error:
            raise AssertionError(self.told(str(error))) from error
        for passage in follower.passages:
            if passage.lost_at is not None:
                tried["(lost)"] += 1
                near = any(at > passage.began - EXCUSED_SECONDS for at in self.excuses)
                assert passage.slow or near, self.told(f"{follower} was told `lost` for nothing, after {passage.start}")
        tried["(messages received)"] += sum(len(passage.seen) for passage in follower.passages)
        del follower.passages[:-1]  # judged

    def told(self, what: str) -> str:
        """The fault, who was there, and how it came about."""
        return "\n".join([what, *map(repr, self.followers), *self.story])

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            for follower in self.followers:
                follower.leave()
            tried["(histories)"] += 1


def test_every_message_once_in_order_or_lost_is_told(
    cluster: Cluster, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    Streams.cluster, Streams.writer = cluster, Writer(tmp_path, cluster.redis.url)
    run_state_machine_as_test(Streams, settings=LIFE)
    terminal = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and EXAMPLES:
        with capsys.disabled():
            terminal.write_line("\n" + ", ".join(f"{what}: {count}" for what, count in sorted(tried.items())))
    assert tried["(messages received)"] > 100
