"""Whatever comes, cut wherever: the parser reads what the reference implementation of others reads."""

from itertools import pairwise

import sseclient
from hypothesis import given
from hypothesis import strategies as st

from digisence.client.events import Event, Parser

LINES = st.sampled_from(
    [
        "data: a",
        "data:b",
        "data",
        "data:  c",
        "event: e",
        "event",
        "id: 1-0",
        "id: x\0y",
        "id",
        "retry: 5",
        "retry: 5s",
        ": no",
        "other: z",
        "\ufeffdata: q",
        "",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def read(pieces: list[bytes]) -> list[Event]:
    parser = Parser()
    return [event for piece in pieces for event in parser.feed(piece)]


@given(st.lists(st.tuples(LINES, ENDS), max_size=30), st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_cut_anywhere_it_reads_the_same(lines: list[tuple[str, str]], cuts: list[int], marked: bool) -> None:
    data = b"\xef\xbb\xbf" * marked + "".join(line + end for line, end in lines).encode() + b"\n\n"
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert read(pieces) == read([data])


USUAL = st.sampled_from(["data: a", "data:b", "data:  c", "event: e", "id: 1-0", "retry: 5", ": no", ""])


@given(st.lists(USUAL, max_size=30), ENDS)
def test_it_reads_what_others_read(lines: list[str], end: str) -> None:
    data = "".join(line + end for line in [*lines, "", ""]).encode()
    theirs = [(event.event, event.data, event.id, event.retry) for event in sseclient.SSEClient([data]).events()]
    ours = [
        (event.name, event.data, event.id, None if event.retry is None else str(event.retry)) for event in read([data])
    ]
    assert [one for one in ours if one[1]] == [
        (name, data, at, retry and str(retry)) for name, data, at, retry in theirs if data
    ]


def test_a_line_of_megabytes_in_small_pieces_takes_no_time() -> None:
    data = b"data: " + b"x" * 2_000_000 + b"\n\n"
    [event] = read([data[place : place + 65_536] for place in range(0, len(data), 65_536)])
    assert len(event.data) == 2_000_000
