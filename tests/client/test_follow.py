"""The client on the real product: whatever breaks in between, every change comes once and in order, or `lost` is told."""

import contextlib
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from redis import Redis

from digisence.client import Account, Hello, Initial, Lost, Refused, SignedOut, follow
from digisence.config import redis_socket
from tests.client.conftest import HEARTBEAT
from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.tabs import Subject
from tests.listener import Listener
from tests.proxy import Proxy, until


@pytest.fixture
def listener(url: str, account: Account) -> Iterator[Listener]:
    """Live, behind the door."""
    found = Listener(url, account, ["categories"])
    found.until(lambda: found.messages)
    yield found
    found.close()


@pytest.fixture
def subject(admin: Admin) -> Subject:
    """A record to change."""
    return Subject(admin)


def reached(listener: Listener, subject: Subject) -> None:
    """All of its changes came, each once and in order."""
    wanted = [("created", 1), *(("updated", version) for version in range(2, subject.version + 1))]
    listener.until(lambda: len(listener.changes(subject.id)) >= len(wanted))
    assert listener.changes(subject.id) == wanted


FAULTS: list[Callable[[Proxy], object]] = [
    Proxy.cut,
    Proxy.freeze,
    lambda door: door.truncate(40),
    lambda door: door.truncate(700),
]


@pytest.mark.parametrize("fault", FAULTS, ids=["cut", "silence", "in mid-event", "some events later"])
def test_a_line_that_fails_loses_nothing(
    listener: Listener, subject: Subject, door: Proxy, fault: Callable[[Proxy], object]
) -> None:
    subject.change()
    reached(listener, subject)
    fault(door)
    subject.change(3)
    reached(listener, subject)
    assert not [one for one in listener.messages if isinstance(one, Lost)]


def test_silence_is_found_within_two_heartbeats(listener: Listener, door: Proxy) -> None:
    listener.until(lambda: "hb" in listener.kinds())
    door.freeze()
    began = time.monotonic()
    listener.until(lambda: listener.notes)
    assert listener.notes[0][1].endswith(f"does not answer (silent for {2 * HEARTBEAT} s); waiting for it")
    assert listener.notes[0][0] - began < 2 * HEARTBEAT + 1
    listener.until(lambda: listener.notes[-1][1].endswith("is back"))


def test_a_server_that_is_killed_is_waited_for_and_nothing_is_missed(
    listener: Listener, subject: Subject, product: Product
) -> None:
    subject.change()
    reached(listener, subject)
    product.kill_part("gunicorn")
    listener.until(lambda: listener.notes)
    until(lambda: answers(product), 60)
    subject.change(2)
    reached(listener, subject)
    assert [one for one in listener.notes if one[1].endswith("is back")]


def answers(product: Product) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{product.url}/healthz").status_code == 200
    return False


def test_of_a_redis_that_comes_back_empty_lost_is_told_and_then_nothing_is_missed(
    listener: Listener, admin: Admin, product: Product
) -> None:
    with Redis(unix_socket_path=str(redis_socket(product.instance))) as redis:
        redis.flushall()
    listener.following._line.abort() if listener.following._line else None  # it would be told when the next message comes
    listener.until(lambda: "lost" in listener.kinds())
    subject = Subject(admin)
    subject.change(2)
    reached(listener, subject)


def test_all_at_first_is_what_the_api_has(url: str, account: Account, admin: Admin, subject: Subject) -> None:
    held: dict[str, dict[str, object]] = {}
    with follow(url, account, ["categories"], initial="full") as messages:
        for message in messages:
            if isinstance(message, Initial):
                held |= {record["id"]: record for record in message.data["categories"]}
                if message.is_last:
                    break
    listed = admin.get("/api/admin/categories", limit=500)["items"]
    assert held == {record["id"]: record for record in listed}
    assert subject.id in held


def test_where_one_stopped_one_goes_on(url: str, account: Account, subject: Subject) -> None:
    with follow(url, account) as messages:
        assert isinstance(next(messages), Hello)
        position = messages.position
    subject.change(2)
    later = Listener(url, account, since=position)
    later.until(lambda: later.changes(subject.id) == [("updated", 2), ("updated", 3)])
    later.close()


def test_a_sign_in_that_is_revoked_ends_it(url: str, product: Product, admin: Admin) -> None:
    account = Account(product.url, product.first_sign_in()[0], PASSWORD)
    listener = Listener(url, account)
    listener.until(lambda: listener.messages)
    account.close()  # signed out
    listener.until(lambda: listener.ended)
    assert isinstance(listener.error, SignedOut)
    with pytest.raises(SignedOut):
        next(follow(url, account))


def test_a_sign_in_renews_its_token(account: Account, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    first = account()
    assert account() == first
    monkeypatch.setattr(account, "_renew_at", 0.0)
    with follow(product.url, account) as messages:
        assert isinstance(next(messages), Hello)


@pytest.mark.parametrize(("email", "password"), [("nobody@example.org", PASSWORD), ("", "")])
def test_a_wrong_sign_in_is_told(product: Product, email: str, password: str) -> None:
    with pytest.raises((SignedOut, Refused)):
        Account(product.url, email, password)
