"""The ring against a plain list: whatever is asked, the same answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digisence.extensions.sse import Position
from digisence.realtime.dialects import event_stream
from digisence.realtime.ring import ALL, OVERHEAD, Entry, Fallen, Ring, View, view

TOPICS = ("users", "businesses", None)


def at(number: int) -> Position:
    return Position(number // 3, number % 3)


def filled(count: int, max_bytes: int = 10**9, max_count: int = 10**9) -> tuple[Ring, list[Entry]]:
    ring = Ring(at(0), max_bytes, max_count)
    entries = [Entry(at(number), b"<%d>" % number, TOPICS[number % 3]) for number in range(1, count + 1)]
    for entry in entries:
        ring.append(entry)
    return ring, entries


def read_all(ring: Ring, cursor: int, limit: int, wanted: View = ALL, after: Position | None = None) -> bytes:
    found = b""
    while cursor != ring.end:
        chunk = ring.read(cursor, wanted, limit, after)
        found, cursor = found + chunk.data, chunk.cursor
    return found


@settings(deadline=None)
@given(count=st.integers(0, 60), start=st.integers(0, 60), limit=st.integers(1, 50), data=st.data())
def test_reading_from_a_position_gives_what_comes_after_it(
    count: int, start: int, limit: int, data: st.DataObject
) -> None:
    ring, entries = filled(count)
    topics = data.draw(st.sampled_from([None, frozenset({"users"}), frozenset({"businesses", "users"})]))
    after = data.draw(st.none() | st.integers(0, 70).map(at))
    cursor = ring.cursor_after(at(start))

    if start > count:
        assert cursor is None
        return
    wanted = [
        entry.frame
        for entry in entries[start:]
        if (topics is None or entry.topic is None or entry.topic in topics)
        and (after is None or entry.position > after)
    ]
    assert cursor is not None
    assert read_all(ring, cursor, limit, View(topics), after) == b"".join(wanted)


@settings(deadline=None)
@given(count=st.integers(1, 3000), kept=st.integers(1, 40))
def test_the_oldest_leave_and_whoever_stands_there_has_fallen(count: int, kept: int) -> None:
    ring, _ = filled(count, max_count=kept)
    left = max(0, count - kept)

    assert ring.base == at(left)
    assert read_all(ring, left, 10**6) == b"".join(b"<%d>" % number for number in range(left + 1, count + 1))
    assert ring.cursor_after(at(left)) == left
    if left:
        assert ring.cursor_after(at(left - 1)) is None
        with pytest.raises(Fallen):
            ring.read(left - 1, ALL, 10**6)


def test_bytes_bound_the_ring_too() -> None:
    ring = Ring(at(0), max_bytes=10 * (OVERHEAD + 100))
    for number in range(1, 31):
        ring.append(Entry(at(number), b"x" * 100))

    assert ring.base == at(20)


def test_a_message_larger_than_the_ring_leaves_at_once_and_keeps_the_position() -> None:
    ring = Ring(at(0), max_bytes=100)
    ring.append(Entry(at(1), b"x" * 1000))

    assert (ring.base, ring.last, ring.end) == (at(1), at(1), 1)
    with pytest.raises(Fallen):
        ring.read(0, ALL, 10)


def test_a_foreign_position_between_two_is_not_known() -> None:
    ring = Ring(Position(5, 0), 10**6)
    ring.append(Entry(Position(9, 0), b"a"))
    ring.append(Entry(Position(10, 0), b"b"))

    assert ring.cursor_after(Position(9, 7)) is None
    assert ring.cursor_after(Position(4, 0)) is None
    assert ring.cursor_after(Position(11, 0)) is None
    assert ring.cursor_after(Position(9, 0)) == 1


def test_after_a_reset_every_cursor_has_fallen_and_the_new_feed_begins() -> None:
    ring, _ = filled(5)
    cursors = range(6)
    ring.reset(Position(100, 0))

    for cursor in cursors:
        with pytest.raises(Fallen):
            ring.read(cursor, ALL, 10)
    last, cursor = ring.tip()
    assert last == Position(100, 0)
    assert ring.cursor_after(last) == cursor
    ring.append(Entry(Position(101, 0), b"new"))
    assert read_all(ring, cursor, 10) == b"new"


def test_readers_at_the_same_place_share_one_joined_chunk() -> None:
    ring, _ = filled(20)

    for wanted in (ALL, view(frozenset({"users"}), event_stream(chunked=True, compressed=True))):
        assert ring.read(3, wanted, 1000) is ring.read(3, wanted, 1000)
    assert view(None, event_stream(chunked=False, compressed=False)) is ALL


def test_a_new_message_is_in_the_next_chunk_of_all_who_share() -> None:
    ring, _ = filled(3)
    assert ring.read(0, ALL, 1000).data == b"<1><2><3>"

    ring.append(Entry(at(4), b"<4>"))

    assert ring.read(0, ALL, 1000) == (b"<1><2><3><4>", 4, 4)


@settings(deadline=None)
@given(sent=st.integers(0, 200), topics=st.sampled_from([None, frozenset({"users"})]), chunked=st.booleans())
def test_a_chunk_that_was_cut_goes_on_where_it_was(sent: int, topics: frozenset[str] | None, chunked: bool) -> None:
    ring, _ = filled(12)
    wanted = View(topics, event_stream(chunked=chunked, compressed=False))
    whole = ring.read(0, wanted, 10**6)
    sent = min(sent, len(whole.data))

    rest = ring.cut(0, wanted, sent)

    after = ring.read(rest.cursor, wanted, 10**6)
    assert whole.data[:sent] + rest.data + after.data == whole.data
    assert len(rest.data) <= len(b"4\r\n<12>\r\n"), "no more than one message is held"
    assert rest.messages + after.messages == whole.messages


def test_the_place_before_a_cursor() -> None:
    ring, _ = filled(5, max_count=3)

    assert [ring.before(cursor) for cursor in range(2, 6)] == [at(number) for number in range(2, 6)]
    with pytest.raises(Fallen):
        ring.before(1)
