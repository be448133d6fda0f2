"""Many EventSources in one process, as browsers have them: they come back after `retry` with their Last-Event-ID."""

import heapq
import re
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from .remote import Remote, obey

RETRY_SECONDS = 3.0  # of Chromium, until a server says otherwise
WORN_OUT_SECONDS = 2.0  # after a refusal, where a page's own code must begin anew
NUMBERED = re.compile(rb"~(\d+)@(\d+);")
READING = select.EPOLLIN | select.EPOLLRDHUP


@dataclass
class Story:
    """What became of one browser since the last `mark`; times of CLOCK_MONOTONIC in seconds.

    `came_back`: each time it connected. `caught_up`: the first message published after that had arrived.
    """

    numbers: list[int] = field(default_factory=list)
    came_back: list[float] = field(default_factory=list)
    caught_up: float | None = None
    lost: int = 0
    refused: int = 0


class _Browser:
    """One EventSource."""

    def __init__(self, number: int, request: bytes) -> None:
        self.number = number
        self.request = request.removesuffix(b"\r\n\r\n")
        self.socket: socket.socket | None = None
        self.retry = RETRY_SECONDS
        self.position = b""
        self.story = Story()

    def connect(self, address: tuple[str, int]) -> socket.socket:
        self.tail, self.begun = b"", False
        self.connected_at = time.monotonic()
        self.story.came_back.append(self.connected_at)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        return self.socket

    def ask(self) -> None:
        assert self.socket is not None
        last = b"\r\nLast-Event-ID: " + self.position if self.position else b""
        self.socket.sendall(self.request + last + b"\r\n\r\n")

    def take(self, data: bytes) -> bool:
        """What came; False when it is no stream."""
        data = self.tail + data
        if not self.begun:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.tail = head
                return True
            if not head.startswith(b"HTTP/1.1 200"):
                return False
            self.begun = True
        *events, self.tail = data.split(b"\n\n")
        for event in events:
            self._on(event)
        return True

    def _on(self, event: bytes) -> None:
        for line in event.split(b"\n"):
            name, _, value = line.partition(b": ")
            if name == b"id":
                self.position = value
            elif name == b"retry":
                self.retry = int(value) / 1000
            elif name == b"data":
                self._on_data(value)

    def _on_data(self, data: bytes) -> None:
        if b'"type":"lost"' in data:
            self.story.lost += 1
        if found := NUMBERED.search(data):
            self.story.numbers.append(int(found[1]))
            if self.story.caught_up is None and self.story.came_back and int(found[2]) / 1e9 > self.connected_at:
                self.story.caught_up = time.monotonic()


class _Window:
    """The loop of the browsers' process."""

    def __init__(self, orders: Connection) -> None:
        self._orders = orders
        self._epoll = select.epoll()
        self._epoll.register(orders.fileno(), select.EPOLLIN)
        self._address = ("", 0)
        self._browsers: list[_Browser] = []
        self._open: dict[int, _Browser] = {}
        self._due: list[tuple[float, int]] = []

    def run(self) -> None:
        """Until told to `quit`."""
        while True:
            wait = self._due[0][0] - time.monotonic() if self._due else 1.0
            for handle, mask in self._epoll.poll(max(0.0, wait)):
                if handle != self._orders.fileno():
                    self._ready(handle, mask)
                elif not obey(self, self._orders):
                    return
            while self._due and self._due[0][0] <= time.monotonic():
                self._connect(heapq.heappop(self._due)[1])

    def _connect(self, number: int) -> None:
        browser = self._browsers[number]
        handle = browser.connect(self._address).fileno()
        self._open[handle] = browser
        self._epoll.register(handle, select.EPOLLOUT)

    def _ready(self, handle: int, mask: int) -> None:
        browser = self._open.get(handle)
        if browser is None:
            return None  # cut since
        assert browser.socket is not None
        try:
            if mask & select.EPOLLOUT and not mask & (select.EPOLLERR | select.EPOLLHUP):
                browser.ask()
                return self._epoll.modify(handle, READING)
            data = browser.socket.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            return self._lose(handle, browser.retry)
        if not browser.take(data):
            browser.story.refused += 1
            return self._lose(handle, WORN_OUT_SECONDS)
        return None

    def _lose(self, handle: int, wait: float) -> None:
        browser = self._open.pop(handle)
        assert browser.socket is not None
        browser.socket.close()
        heapq.heappush(self._due, (time.monotonic() + wait, browser.number))

    # -- what can be ordered

    def open(self, address: tuple[str, int], requests: Sequence[bytes]) -> None:
        """Open one browser a request."""
        self._address = address
        self._browsers = [_Browser(number, request) for number, request in enumerate(requests)]
        for number in range(len(requests)):
            self._connect(number)

    def mark(self) -> None:
        """Begin a new story of each."""
        for browser in self._browsers:
            browser.story = Story()

    def cut(self) -> None:
        """All connections break."""
        for handle, browser in list(self._open.items()):
            self._lose(handle, browser.retry)

    def stories(self) -> list[Story]:
        """What became of each since `mark`."""
        return [browser.story for browser in self._browsers]

    def following(self, number: int) -> int:
        """How many have message `number`, or a later one."""
        last = [browser.story.numbers[-1:] for browser in self._browsers]
        return sum(1 for seen in last if seen and seen[0] >= number)

    def caught_up(self) -> int:
        """How many came back and have caught up."""
        return sum(1 for browser in self._browsers if browser.story.caught_up is not None)


def begin(orders: int) -> None:
    """The browsers' process."""
    _Window(Connection(orders)).run()


class Browsers(Remote):
    """The other side: what a benchmark orders."""

    def __init__(self) -> None:
        super().__init__(__name__)

    def open(self, address: tuple[str, int], requests: Sequence[bytes]) -> None:
        """Open one browser a request."""
        self.ask("open", address, requests)

    def mark(self) -> None:
        """Begin a new story of each."""
        self.ask("mark")

    def cut(self) -> None:
        """Break all connections."""
        self.ask("cut")

    def stories(self) -> list[Story]:
        """What became of each since `mark`."""
        return list(self.ask("stories"))

    def following(self, number: int) -> int:
        """How many have message `number`, or a later one."""
        return int(self.ask("following", number))

    def caught_up(self) -> int:
        """How many came back and have caught up."""
        return int(self.ask("caught_up"))
