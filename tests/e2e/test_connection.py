"""What a stream meets between the server and a browser: cuts, silence, a server that dies, a proxy that lets no events through."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.conftest import HEARTBEAT
from tests.e2e.devtools import Window
from tests.e2e.product import Admin, Product
from tests.e2e.tabs import PATIENCE, Person, Subject, Tab
from tests.proxy import Proxy, until


@pytest.fixture
def proxy(lasting: Product) -> Iterator[Proxy]:
    """A door before the product."""
    door = Proxy(("127.0.0.1", int(lasting.url.rsplit(":", 1)[1])))
    yield door
    door.close()


@pytest.fixture
def me(window: Window, lasting: Product, lasting_admin: Admin) -> Iterator[Person]:
    """A superadmin with a window of their own."""
    person = Person(window, lasting, lasting_admin)
    yield person
    person.leave()


@pytest.fixture
def tab(me: Person, proxy: Proxy) -> Tab:
    """A live tab behind the door."""
    opened = me.tab(f"http://localhost:{proxy.address[1]}")
    opened.until(state="live")
    return opened


def test_a_line_that_is_half_open_is_found_within_two_heartbeats(me: Person, tab: Tab, proxy: Proxy) -> None:
    subject = Subject(me.admin)
    subject.change()
    subject.reaches(tab)
    proxy.freeze()
    subject.change(2)
    until(lambda: tab.events("silent"), 2 * HEARTBEAT + 10, "silence was not noticed")
    assert tab.events("silent") == [f"{2 * HEARTBEAT} s"]
    subject.reaches(tab)
    assert "lost" not in tab.heard()


def test_a_message_cut_in_its_middle_comes_again_whole(me: Person, tab: Tab, proxy: Proxy) -> None:
    subject = Subject(me.admin)
    subject.change()
    subject.reaches(tab)
    proxy.truncate(40)
    subject.change(3)
    subject.reaches(tab)
    assert tab.events("failed") == ["while open"]


def test_a_server_out_of_reach_is_told_and_come_back_to(me: Person, tab: Tab, proxy: Proxy) -> None:
    subject = Subject(me.admin)
    proxy.refuse()
    tab.until(state="offline", reason="server-down")
    subject.change()
    proxy.heal()
    tab.until(state="live", transport="sse")
    subject.reaches(tab)


def test_the_network_comes_back(me: Person, tab: Tab) -> None:
    subject = Subject(me.admin)
    tab.ask("Network.enable")
    tab.ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    tab.evaluate("realtime.dropConnection()")  # which the emulation does not do
    tab.until(state="offline", reason="network")
    subject.change()
    tab.ask("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    subject.reaches(tab)
    assert tab.events("online")


def test_pretending_to_be_offline_and_back(me: Person, tab: Tab) -> None:
    subject = Subject(me.admin)
    tab.evaluate("realtime.pretendOffline(true)")
    tab.until(state="offline", reason="pretended")
    until(lambda: me.streams() == [], PATIENCE, "the stream stays open")
    assert tab.evaluate("realtime.query('/api/admin/users', {retryAttempts: 0}).catch(error => error.status)") == 0
    subject.change(2)
    tab.evaluate("realtime.pretendOffline(false)")
    subject.reaches(tab)


def test_where_events_do_not_come_through_a_websocket_does(me: Person) -> None:
    tab = me.tab(enableWebSocket=True, retryDelay=100)
    tab.until(state="live", transport="sse")
    tab.ask("Network.enable")
    tab.ask("Network.setBlockedURLs", urls=["*/api/admin/sse*"])
    subject = Subject(me.admin)
    tab.evaluate("realtime.dropConnection()")
    subject.change(2)
    tab.until(state="live", transport="websocket")
    until(lambda: [stream["transport"] for stream in me.streams()] == ["ws"], PATIENCE, "not one WebSocket")
    subject.change(2)
    subject.reaches(tab)
    assert "lost" not in tab.heard()
    tab.evaluate("realtime.dropConnection()")
    subject.change()
    subject.reaches(tab)
    assert tab.status["transport"] == "websocket"


def test_one_stream_too_many_says_so_and_when_it_tries_again(me: Person) -> None:
    with ExitStack() as held:
        asked = ("GET", "/api/admin/sse?initial=none")
        while held.enter_context(me.admin.http.stream(*asked)).status_code == 200:
            pass
        tab = me.tab()
        tab.until(state="polling", reason="limit")
        until(lambda: "retryAt" in tab.status, what="it does not say when it tries again")
        assert 5_000 < tab.evaluate("realtime.status().retryAt - Date.now()") <= 15_000
        assert tab.evaluate("fetch('/api/auth/me').then(reply => reply.status)") == 200


def test_a_server_that_is_killed_comes_back_and_nothing_is_lost(me: Person, tab: Tab, lasting: Product) -> None:
    subject = Subject(me.admin)
    subject.change()
    subject.reaches(tab)
    lasting.kill_part("gunicorn")
    until(lambda: tab.events("failed"), PATIENCE, "the cut was not noticed")
    subject.change(2)  # waits at the door until the server is there again
    subject.reaches(tab)
    tab.until(state="live")
    assert "lost" not in tab.heard()
