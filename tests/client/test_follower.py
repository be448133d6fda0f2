"""What the client makes of whatever a server says: pauses, ends, positions, tokens."""

import itertools
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from time import monotonic, time

import pytest

from digisence.client import Change, Hello, Initial, Quiet, Refused, SignedOut, StreamError, follow, follower
from digisence.client.line import seconds
from tests.client.script import HOLD, STREAM, Script, bye, change, problem, stream
from tests.listener import Listener

Serve = Callable[..., Script]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a script: `serve(reply, reply, …)`."""
    started: list[Script] = []

    def start(*replies: list[str]) -> Script:
        started.append(Script(replies))
        return started[-1]

    yield start
    for script in started:
        script.close()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "FIRST_PAUSE", 0.01)


def versions(url: str, count: int, **options: object) -> list[int | None]:
    """The first changes."""
    found: list[int | None] = []
    with follow(url, **{"token": "t", **options}) as messages:  # type: ignore[arg-type]
        for message in messages:
            found += [message.version] if isinstance(message, Change) else []
            if len(found) == count:
                break
    return found


def test_asks_as_the_contract_says(serve: Serve) -> None:
    script = serve(stream(change(2)))
    assert versions(f"{script.url}/below/", 1, topics=["users", "job"], since="1-7", initial="counts") == [2]
    assert script.asked[0][""] == "GET /below/api/admin/sse?initial=counts&topics=users%2Cjob HTTP/1.1"
    assert script.asked[0]["Authorization"] == "Bearer t"
    assert script.asked[0]["Last-Event-ID"] == "1-7"
    assert script.asked[0]["Host"] == script.url.removeprefix("http://")


@pytest.mark.parametrize("cut", range(1, len(change(3)), 7))
def test_an_event_cut_in_its_middle_is_asked_for_again(serve: Serve, cut: int) -> None:
    script = serve(stream(change(2) + change(3)[:cut]), stream(change(3) + change(4), position="4-0"))
    assert versions(script.url, 3) == [2, 3, 4]
    assert [asked.get("Last-Event-ID") for asked in script.asked] == [None, "2-0"]


def test_a_stream_that_told_nothing_yet_goes_on_from_where_it_began(serve: Serve) -> None:
    script = serve(
        stream(position="5-1"), stream("event: hb\nid: 6-0\ndata: 6-0\n\n", position="9-9"), stream(change(7))
    )
    assert versions(script.url, 1) == [7]
    assert [asked.get("Last-Event-ID") for asked in script.asked] == [None, "5-1", "6-0"]


def test_an_initial_that_was_cut_comes_again_and_after_lost_too(serve: Serve) -> None:
    parts = [
        f'{"id: 1-0" if n == 2 else ":"}\ndata: {{"type":"initial","part":{n},"parts":2,"data":{{}}}}\n\n'
        for n in (1, 2)
    ]
    lost = 'data: {"type":"lost","position":"8-0"}\n\n'
    script = serve(stream(parts[0]), stream(*parts, change(2), lost), stream(*parts, HOLD))
    with follow(script.url, "t", initial="full") as messages:
        found = [next(messages) for _ in range(10)]
    assert [one.type for one in found] == [
        *["hello", "initial"] * 2,
        "initial",
        "change",
        "lost",
        "hello",
        "initial",
        "initial",
    ]
    initials = [one for one in found if isinstance(one, Initial)]
    assert [(one.is_first, one.is_last) for one in initials] == [(True, False), *[(True, False), (False, True)] * 2]
    assert [asked.get("Last-Event-ID") for asked in script.asked] == [None, None, None]


def test_after_lost_without_initial_it_goes_on_from_there(serve: Serve) -> None:
    script = serve(stream(change(2), 'data: {"type":"lost","position":"8-0"}\n\n'), stream(change(9)))
    assert versions(script.url, 2) == [2, 9]
    assert script.asked[1]["Last-Event-ID"] == "8-0"


@pytest.mark.parametrize("told", ["data: no JSON", "data: [1]", "data: 7"])
def test_what_is_no_message_is_noted_and_passed_over(serve: Serve, told: str) -> None:
    script, notes = serve(stream(f"id: 2-0\n{told}\n\n", change(3))), list[str]()
    assert versions(script.url, 1, note=notes.append) == [3]
    assert notes == ["2-0 is no message: somebody else wrote to the feed"]


@pytest.mark.parametrize("reason", ["drain", "lifetime", "disconnected"])
def test_a_bye_of_the_server_is_come_back_from_when_it_says(serve: Serve, reason: str) -> None:
    script = serve(stream(change(2), bye(reason, 300)), stream(change(3)))
    assert versions(script.url, 2) == [2, 3]
    assert script.times[1] - script.times[0] >= 0.3


@pytest.mark.parametrize("reason", ["revoked", "expired"])
def test_a_right_that_is_over_ends_it(serve: Serve, reason: str) -> None:
    script = serve(stream(change(2), bye(reason)))
    with pytest.raises(SignedOut, match="sign in again") as ended:
        versions(script.url, 2)
    assert ended.value.code == reason


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (problem(401, "token-expired"), SignedOut, "Because of token-expired."),
        (problem(403, "forbidden"), Refused, "Because of forbidden."),
        (problem(422), Refused, "Because of code."),
        (["HTTP/1.1 404 X\r\n\r\nnothing here"], Refused, "status 404"),
        (["HTTP/1.1 301 X\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n"], Refused, "leads to https://x/"),
        (["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>"], Refused, "no stream of digisence"),
    ],
)
def test_what_will_not_get_better_ends_it(serve: Serve, reply: list[str], kind: type[StreamError], said: str) -> None:
    with pytest.raises(kind, match=said):
        versions(serve(reply).url, 1)


@pytest.mark.parametrize("url", ["panel.example.org", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(Refused, match="looks like"):
        follow(url, "t")


@pytest.mark.parametrize(
    "reply", [problem(429, "full", "Retry-After: 0.3"), problem(503, "away", "Retry-After: 0.3"), problem(500)]
)
def test_what_will_get_better_is_waited_for(serve: Serve, reply: list[str]) -> None:
    script, notes = serve(reply, reply, stream(change(2))), list[str]()
    assert versions(script.url, 1, note=notes.append) == [2]
    code = "code" if "500" in reply[0] else "full" if "429" in reply[0] else "away"
    place = script.url.removeprefix("http://")
    assert notes == [f"{place} does not answer (Because of {code}.); waiting for it", f"{place} is back"]
    assert code == "code" or script.times[1] - script.times[0] >= 0.3


def test_retry_after_in_both_its_forms() -> None:
    assert seconds("7") == 7
    assert 50 < (seconds(formatdate(time() + 60, usegmt=True)) or 0) <= 60
    assert [seconds(said) for said in (None, "soon", "nan", "-3")] == [None, None, None, 0]


def test_pauses_grow_at_random_and_not_beyond_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(follower.random, "random", lambda: 1.0)
    refused, waits = follow("http://127.0.0.1:1", "t"), list[float]()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 7:
            refused._leaving.set()

    monkeypatch.setattr(refused._leaving, "wait", wait)
    assert list(refused) == []
    assert waits == [2, 4, 8, 16, 30, 30, 30]


def test_the_servers_spread_is_the_least_after_a_cut(serve: Serve) -> None:
    script = serve(stream(change(2), retry=400), stream(change(3)))
    assert versions(script.url, 2) == [2, 3]
    assert script.times[1] - script.times[0] >= 0.4


def test_a_token_is_asked_for_each_time_and_once_more_when_it_has_run_out(serve: Serve) -> None:
    tokens = iter("abcdef")
    script = serve(stream(change(2), bye("expired")), problem(401), stream(change(3)), problem(401), problem(401))
    with pytest.raises(SignedOut):
        versions(script.url, 9, token=lambda: next(tokens))
    assert [asked["Authorization"] for asked in script.asked] == [f"Bearer {letter}" for letter in "abcde"]


def test_a_silent_line_is_found_within_two_heartbeats(serve: Serve) -> None:
    script = serve(stream(change(2), HOLD, heartbeat=0.4), stream(change(3)))
    assert versions(script.url, 2) == [2, 3]
    assert 0.8 <= script.times[1] - script.times[0] < 1.8


def test_who_is_slow_takes_nobody_for_silent(serve: Serve) -> None:
    script = serve(stream(change(2), change(3), HOLD, heartbeat=0.2))
    with follow(script.url, "t") as messages:
        assert isinstance(next(messages), Hello)
        threading.Event().wait(0.6)
        assert [one.type for one in (next(messages), next(messages))] == ["change", "change"]
    assert len(script.asked) == 1


def test_quiet_comes_once_all_that_there_is_was_told(serve: Serve) -> None:
    script = serve(stream(change(2), HOLD, position="3-0"), stream(change(3), HOLD, position="3-0"))
    with follow(script.url, "t", since="1-0", tick=0.05) as messages:
        assert [next(messages).type for _ in range(2)] == ["hello", "change"]
        threading.Timer(0.3, script._held[0].close).start()
        found = [next(messages) for _ in range(4)]
    assert [one.type for one in found] == ["hello", "change", "quiet", "quiet"]
    assert isinstance(found[-1], Quiet)
    assert found[-1].position == "3-0"


def test_heartbeats_are_no_news(serve: Serve) -> None:
    script, done = serve(stream(change(2), HOLD, position="2-0")), threading.Event()

    def beat() -> None:
        while not done.wait(0.02):
            script._held[0].sendall(b"event: hb\nid: 2-0\ndata: 2-0\n\n")

    with follow(script.url, "t", since="1-0", tick=0.2) as messages:
        assert [next(messages).type for _ in range(2)] == ["hello", "change"]
        beating = threading.Thread(target=beat)
        beating.start()
        kinds = {one.type for one in itertools.islice(messages, 40)}
        done.set()
        beating.join()
    assert kinds == {"hb", "quiet"}


@pytest.mark.parametrize("replies", [[stream(HOLD)], [[STREAM, HOLD]], [problem(503, "away", "Retry-After: 60")], []])
def test_another_thread_may_close_it_whatever_it_waits_for(serve: Serve, replies: list[list[str]]) -> None:
    script = serve(*replies)
    before = set(threading.enumerate())
    listener = Listener(script.url, "t")
    listener.until(
        lambda: (
            len(script.asked) == len(replies)
            and (listener.messages or listener.notes or not replies or replies[0][-1] == HOLD)
        )
    )
    began = monotonic()
    listener.close()
    assert monotonic() - began < 11
    assert set(threading.enumerate()) <= before
    assert next(listener.following, None) is None
