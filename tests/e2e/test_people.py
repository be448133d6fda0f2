"""At the door with a browser: a password chosen by a link that no server is told, then the second factor."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from digisence.accounts import Client, invitations, links, second_factor
from digisence.accounts.superadmins import create_superadmin
from digisence.changes import Context, unit_of_work
from digisence.clock import utcnow
from digisence.realtime.hub import hub_for
from tests.e2e.office import PATIENCE, set_up

# werkzeug's server, which only tests use, leaves a file open when the browser goes while it is sent
LEFT_OPEN = r"ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
pytestmark = [pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True), pytest.mark.filterwarnings(LEFT_OPEN)]
EMAIL, PASSWORD = "boris@example.org", "four brown bears sleep"
ME = Context("system:test")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application answers, on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    hub_for(app).close()


def invited(app: Flask) -> tuple[str, str]:
    """The id of a superadmin without a password, and the token of their link."""
    with app.app_context():
        user_id = invitations.invite(EMAIL, "Boris", "SUPER_ADMIN", ME)["id"]
        with unit_of_work(ME) as unit:
            return user_id, links.issue(unit, user_id, links.INVITATION).partition("#")[2]


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"input[name={name}]").fill(value)
    page.locator("button[type=submit]").click()


def test_a_link_becomes_a_password_and_a_code_opens_the_panel(app: Flask, address: str, page: Page) -> None:
    user_id, token = invited(app)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + str(request.headers)))
    page.goto(f"{address}/set-password#{token}")
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible(timeout=PATIENCE)
    assert page.url == f"{address}/set-password"
    assert not any(token in each for each in asked)
    fill(page, next="Password1234!", again="Password1234!")
    expect(page.get_by_role("alert")).to_contain_text("too easy to guess", timeout=PATIENCE)
    fill(page, next=PASSWORD, again=PASSWORD)
    expect(page.get_by_text(f"Sign in as {EMAIL}")).to_be_visible(timeout=PATIENCE)
    with app.app_context():
        secret = second_factor.begin(user_id, PASSWORD, Client()).secret
        second_factor.confirm(user_id, pyotp.TOTP(secret).now(), Client())
    page.get_by_role("button", name="Sign in").click()
    fill(page, email=EMAIL, password=PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible(timeout=PATIENCE)
    fill(page, code="000")
    expect(page.get_by_role("alert")).to_contain_text("wrong or was used", timeout=PATIENCE)
    fill(page, code=pyotp.TOTP(secret).at(utcnow() + timedelta(seconds=30)))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=PATIENCE)


def test_an_address_without_its_token_says_so(address: str, page: Page) -> None:
    page.goto(f"{address}/set-password")
    expect(page.get_by_text("This address is not complete")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Back to sign-in").click()
    page.get_by_role("button", name="Forgot your password?").click()
    fill(page, email="nobody@example.org")
    expect(page.get_by_text("If there is an account")).to_be_visible(timeout=PATIENCE)


def test_who_must_have_a_second_factor_is_led_to_it(app: Flask, address: str, page: Page) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"require_totp": True})
    with app.app_context():
        create_superadmin(EMAIL, PASSWORD, ME)
    page.goto(address)
    fill(page, email=EMAIL, password=PASSWORD)
    asked = "This installation asks every superadmin for a second factor"
    expect(page.get_by_role("heading", level=1)).to_have_text(asked, timeout=PATIENCE)
    set_up(page, PASSWORD)
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
