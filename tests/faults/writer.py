"""Publishes numbered messages without rest, whatever happens to Redis, and knows what must reach whom."""

import queue
import threading
import time
from pathlib import Path
from typing import NamedTuple

from redis import RedisError

from digisence.extensions.sse import Position, sse
from tests.faults.follower import Follower, Message, Passage
from tests.realtime.conftest import publisher

EVERYONE = "update"


class Fact(NamedTuple):
    """A publication: its place, its number, its topic."""

    position: Position
    number: int
    topic: str


class Writer:
    """A thread that publishes to the feed at `redis_url`; `facts` is what it was told is published, in order."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        publisher(folder, redis_url)
        self.facts: list[Fact] = []
        self.doubtful: set[int] = set()  # an attempt failed: it may be published, and be so again in an emptied Redis
        self._number = 0
        self._asked: queue.Queue[list[tuple[int, str, int]]] = queue.Queue()
        self._run_id = time.time_ns()
        threading.Thread(target=self._run, daemon=True).start()

    def ask(self, topics: list[str], size: int, together: bool) -> None:
        """Publish one message a topic; `together` in one call."""
        burst = []
        for topic in topics:
            self._number += 1
            burst.append((self._number, topic, size))
        for part in [burst] if together else [[each] for each in burst]:
            self._asked.put(part)

    def finish(self) -> None:
        """Wait until all is published."""
        deadline = time.monotonic() + 60
        while self._asked.unfinished_tasks:
            assert time.monotonic() < deadline, "Redis does not come back"
            time.sleep(0.005)

    def _run(self) -> None:
        while True:
            burst = self._asked.get()
            while True:
                try:
                    self._publish(burst)
                except RedisError:
                    self.doubtful.update(number for number, _, _ in burst)
                    time.sleep(0.02)
                else:
                    self._asked.task_done()
                    break

    def _publish(self, burst: list[tuple[int, str, int]]) -> None:
        messages = [{"data": _message(number, topic, size)} for number, topic, size in burst]
        positions = sse.publish_many(messages, [f"{self._run_id}-{number}" for number, _, _ in burst])
        for (number, topic, _), position in zip(burst, positions, strict=True):
            self.facts.append(Fact(Position.parse(position), number, topic))

    # -- what must reach whom

    def due(self, passage: Passage, topics: str | None) -> list[Message]:
        """All that follows the start of a passage and is wanted."""
        wanted = None if topics is None else {*topics.split(","), EVERYONE}
        return [
            Message(fact.position, fact.number)
            for fact in self.facts
            if fact.position > passage.start and (wanted is None or fact.topic in wanted)
        ]

    def judge(self, follower: Follower) -> None:
        """AssertionError when a message is missing, twice, or out of order, and nothing said `lost`."""
        assert not follower.troubles, follower.troubles
        for passage in follower.passages:
            due, seen = self.due(passage, follower.topics), list(passage.seen)
            while seen and seen[-1].number in self.doubtful and seen[-1] not in due:
                seen.pop()  # heard, and gone with its Redis before the writer knew
            whole = passage.lost_at is None
            expected = due if whole else due[: len(seen)]
            assert seen == expected, f"{follower}: {_difference(seen, expected)}, after {passage.start}"


def _message(number: int, topic: str, size: int) -> dict[str, object]:
    kind = {"type": EVERYONE} if topic == EVERYONE else {"type": "change", "resource": topic}
    return {**kind, "recordId": str(number), "number": number, "filler": "x" * size}


def _difference(seen: list[Message], expected: list[Message]) -> str:
    place = next(
        (at for at, (a, b) in enumerate(zip(seen, expected, strict=False)) if a != b), min(len(seen), len(expected))
    )
    return f"of {len(expected)} it has {len(seen)}; at {place} {seen[place:][:3]}, not {expected[place:][:3]}"
