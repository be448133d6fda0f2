"""The guide's page without a bundler, as it stands there, on the product's origin; and the services by their old names."""

import pytest
from playwright.sync_api import Page, expect

from tests import outsider
from tests.e2e.office import PATIENCE
from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.test_main_job import SECOND
from tests.package.consumer import GUIDE, blocks

ADDRESS = "/categories.html"


@pytest.fixture
def plain(lasting: Product, lasting_admin: Admin, page: Page) -> Page:
    """A signed-in browser with the page open."""
    email, _ = lasting.first_sign_in()
    reply = page.request.post(f"{lasting.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    html = blocks(GUIDE, "html")["without-a-bundler"]
    page.route(f"**{ADDRESS}", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(lasting.url + ADDRESS)
    return page


@pytest.mark.alone
def test_a_page_with_one_script_and_no_build_step_is_live(plain: Page, lasting: Product, lasting_admin: Admin) -> None:
    expect(plain.locator("#state")).to_have_text("Live", timeout=PATIENCE)
    made = lasting_admin.post("/api/admin/categories", {"name": "Plain bakeries"})
    items = plain.locator("#list li")
    expect(items.filter(has_text="Plain bakeries")).to_have_count(1, timeout=PATIENCE)
    outsider.write(lasting.database, f"UPDATE categories SET name = 'Plain forges' WHERE id = '{made['id']}'")
    expect(items.filter(has_text="Plain forges")).to_have_count(1, timeout=2 * SECOND)
    expect(items.filter(has_text="Plain bakeries")).to_have_count(0)
    lasting_admin.http.delete(f"/api/admin/categories/{made['id']}").raise_for_status()
    expect(items.filter(has_text="Plain forges")).to_have_count(0, timeout=PATIENCE)
    users = lasting_admin.get("/api/admin/users", limit=1)["total"]
    expect(plain).to_have_title(f"Categories of {users} users", timeout=PATIENCE)


def test_the_services_ask_this_very_server(plain: Page, lasting_admin: Admin) -> None:
    checks, status = plain.evaluate("""async () => {
      const { backgroundSyncService, dataSyncService } = await import("/static/realtime.js");
      return [await dataSyncService.checkDataIntegrity(), await backgroundSyncService.getStatus()];
    }""")
    [run] = lasting_admin.get("/api/admin/integrity/runs", limit=1)["items"]
    assert checks == run["integrityChecks"]
    assert run["repair"] is False
    now = lasting_admin.get("/api/admin/sync")
    assert status.keys() == now.keys()
    assert status["isRunning"] == now["isRunning"]
