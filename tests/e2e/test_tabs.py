"""Many tabs, one stream: whichever tab goes, sleeps or is hidden, the others miss nothing."""

from collections.abc import Iterator

import pytest

from tests.e2e.devtools import PLAIN_HOST, Window
from tests.e2e.product import Admin, Product
from tests.e2e.tabs import BARE, PATIENCE, Person, Subject, leader
from tests.proxy import until


@pytest.fixture
def me(window: Window, lasting: Product, lasting_admin: Admin) -> Iterator[Person]:
    """A superadmin with a window of their own."""
    person = Person(window, lasting, lasting_admin)
    yield person
    person.leave()


def test_twelve_tabs_hold_one_stream_and_the_next_one_leads_without_a_gap(me: Person) -> None:
    tabs = me.tabs(12)  # over HTTP/1.1, six streams would leave no connection for anything else
    until(lambda: len(me.streams()) == 1, PATIENCE, "not one stream")
    subject = Subject(me.admin)
    subject.change(3)
    subject.reaches(*tabs)
    assert tabs[6].evaluate("fetch('/api/auth/me').then(reply => reply.status)") == 200
    first = leader(tabs)
    tabs.remove(first)
    subject.change()
    first.close()
    subject.change(5)
    subject.reaches(*tabs)
    assert leader(tabs).events("leader")
    until(lambda: len(me.streams()) == 1, PATIENCE, "not one stream")
    assert all("lost" not in tab.heard() for tab in tabs)


def test_a_hidden_leader_makes_room_and_one_that_is_put_to_sleep_at_once(me: Person) -> None:
    first, second, third = me.tabs(3)
    subject = Subject(me.admin)
    assert first.leads
    until(lambda: third.leads, PATIENCE, "the tab in front does not take over")
    subject.change()
    subject.reaches(first, second, third)
    second.show()
    third.freeze()
    subject.change(3)
    subject.reaches(first, second)
    assert leader([first, second])
    until(lambda: len(me.streams()) == 1, PATIENCE, "not one stream")
    third.freeze(frozen=False)
    subject.reaches(third)
    assert third.caught_up() >= 3  # what others do on the shared product comes with it


def test_a_page_that_one_comes_back_to_goes_on_where_it_stood(me: Person) -> None:
    [tab] = me.tabs(1)
    subject = Subject(me.admin)
    subject.change()
    subject.reaches(tab)
    tab.visit(me.product.url + "/openapi.json")
    until(lambda: me.streams() == [], PATIENCE, "the stream of a page in the cache stays open")
    subject.change(2)
    tab.evaluate("history.back()")
    tab.await_(me.product.url + BARE)
    assert "the page was come back to" in tab.events("resumed")  # not loaded anew
    subject.reaches(tab)
    assert "lost" not in tab.heard()


def test_signing_out_in_one_tab_ends_all(me: Person) -> None:
    tabs = me.tabs(3)
    tabs[1].evaluate("realtime.close(true)")
    for tab in (tabs[0], tabs[2]):
        tab.until(state="offline", reason="signed-out")
        assert tab.evaluate("window.signedOut")
    until(lambda: me.streams() == [], PATIENCE, "a stream stays open")


def test_a_session_that_is_revoked_ends_all_and_the_panel_asks_to_sign_in(me: Person) -> None:
    tab, panel = me.tabs(2)
    panel.visit(me.product.url + "/")
    until(lambda: panel.shows("Overview"), PATIENCE, "the panel does not open")
    mine = (
        "fetch('/api/auth/sessions').then(reply => reply.json()).then(({items}) => items.find(each => each.current).id)"
    )
    answer = me.admin.http.delete(f"/api/auth/sessions/{tab.evaluate(mine)}")
    assert answer.status_code == 204, answer.text
    tab.until(state="offline", reason="revoked")
    assert tab.evaluate("window.signedOut")
    until(lambda: panel.shows("Sign in"), PATIENCE, "the panel does not notice")
    until(lambda: me.streams() == [], PATIENCE, "a stream stays open")


def test_tabs_that_cannot_share_hold_a_stream_only_while_they_are_looked_at(me: Person) -> None:
    plain = f"http://{PLAIN_HOST}:{me.product.url.rsplit(':', 1)[1]}"
    tabs = [me.tab(plain) for _ in range(8)]  # more than a browser has connections
    assert not tabs[0].evaluate("isSecureContext")
    tabs[7].until(state="live")
    until(lambda: len(me.streams()) == 1, PATIENCE, "hidden tabs keep their streams")
    tabs[0].until(state="polling", reason="asleep")
    subject = Subject(me.admin)
    subject.change(2)
    tabs[0].show()
    subject.reaches(tabs[0], tabs[7])
