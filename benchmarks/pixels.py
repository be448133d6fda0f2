"""Pixels: from a commit to the frame that shows it, in Chromium, as the panel's own debug page tells it.

    python -m benchmarks.pixels [--repeats 3] [--seconds 5] [--rate 10] [--engines sqlite,postgresql]

`digisence up` and a browser with the panel's table of users open; others change the users it shows, through the API or
by a plain connection to the database. The debug page measures from the Change's `committedAt` to one frame after the
row stood in the document, so at most a frame too late. "From the write's start" is this program's own check, in the
same browser: from before the request or statement is sent to the second frame after its text appeared.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.chromium import launched
from tests.e2e.product import PASSWORD, Admin, Product

from . import report
from .freshness import databases, outsider

USERS = 15
PATIENCE = 15_000
FIGURES = (
    ("changes", "changes"), ("painted", "painted"), ("paint_p50", "commit → pixel p50 ms"), ("paint_p95", "p95 ms"),
    ("paint_most", "max ms"), ("receive_p50", "commit → received p50 ms"), ("receive_p95", "p95 ms"),
    ("start_p50", "p50 ms, from the write's start"), ("start_p95", "p95 ms"),
)  # fmt: skip
WATCH = r"""() => {
  window.seen = {};
  const look = () => {
    for (const [, number] of document.body.innerText.matchAll(/~(\d+);/g)) {
      if (number in window.seen) continue;
      window.seen[number] = 0;
      requestAnimationFrame(() => requestAnimationFrame(() => (window.seen[number] = Date.now())));
    }
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""

Write = Callable[[str], object]


def sign_in(page: Page, product: Product) -> None:
    """A browser of the first superadmin, on the debug page until the clocks are compared."""
    email, _ = product.first_sign_in()
    reply = page.request.post(f"{product.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    page.goto(f"{product.url}/debug")
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(8_000)


def shown(page: Page, stage: str) -> dict[str, float]:
    """What the debug page says of a stage, in milliseconds."""
    row = page.locator(f"tr[data-stage={stage}]")
    found = {"count": float(row.locator("td").first.inner_text().replace(",", ""))}
    for figure in ("p50", "p95", "most"):
        told = row.locator(f"[data-figure={figure}]").inner_text().split()
        found[figure] = float(told[0]) * {"ms": 1, "s": 1_000}[told[1]]
    return found


def measure(page: Page, writes: list[Write], options: argparse.Namespace) -> dict[str, float]:
    """Write at the wished rate while the table is looked at, then read the debug page."""
    page.get_by_role("button", name="Clear", exact=True).first.click()
    page.get_by_role("link", name="Users").first.click()
    expect(page.locator("tbody tr[data-record]").first).to_be_visible(timeout=PATIENCE)
    page.evaluate(WATCH)
    began, count = time.monotonic(), int(options.rate * options.seconds)
    starts = []
    for number in range(count):
        page.wait_for_timeout(max(0.0, 1_000 * (began + number / options.rate - time.monotonic())))
        starts.append(time.time())
        writes[number % len(writes)](f"~{number};")
    page.wait_for_timeout(1_500)
    seen: dict[str, float] = page.evaluate("window.seen")
    since = [came - starts[int(number)] * 1_000 for number, came in seen.items() if came]
    page.get_by_role("link", name="Debug").click()
    paint, receive = shown(page, "paint"), shown(page, "receive")
    return {
        "changes": receive["count"], "painted": paint["count"], "paint_p50": paint["p50"], "paint_p95": paint["p95"],
        "paint_most": paint["most"], "receive_p50": receive["p50"], "receive_p95": receive["p95"],
        "start_p50": report.quantile(since, 0.5), "start_p95": report.quantile(since, 0.95),
    }  # fmt: skip


def people(admin: Admin) -> list[str]:
    """Ids of as many users as the first page of their table shows."""
    bodies = [{"email": f"pixel{n}@example.org", "role": "BUSINESS_ADMIN"} for n in range(USERS)]
    return [str(admin.post("/api/admin/users", body)["id"]) for body in bodies]


def over_api(admin: Admin, user: str) -> Write:
    """Who changes one user by PATCH."""
    return lambda name: admin.patch(f"/api/admin/users/{user}", {"name": name})


def on_engine(engine: str, url: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of each writer, by name."""
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as folder, launched() as browser:
        product = Product(Path(folder) / "instance", url).start()
        try:
            admin = product.admin()
            users = people(admin)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            sign_in(page, product)
            found = {"API": measure(page, [over_api(admin, user) for user in users], options)}
            with outsider(engine, url, users[0]) as write:
                return {**found, "outside": measure(page, [write], options)}
        finally:
            product.stop()
            product.close()


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--rate", type=float, default=10, help="writes a second")
    parser.add_argument("--engines", default="sqlite,postgresql", help="which, comma-separated")
    options = parser.parse_args(arguments)
    data: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for _ in range(options.repeats):
        with databases(options.engines.split(",")) as urls:
            for engine, url in urls.items():
                for writer, found in on_engine(engine, url, options).items():
                    data.setdefault((engine, writer), []).append(found)
    title = f"One browser, {options.rate:g} changes/s by others"
    table = report.Table(title, ["engine", "writer", *(name for _, name in FIGURES)])
    for names, runs in sorted(data.items()):
        table.rows.append([*names, *(report.median([run[key] for run in runs]) for key, _ in FIGURES)])
    kept = {f"{engine}, {writer}": runs for (engine, writer), runs in data.items()}
    report.publish("pixels", __doc__ or "", [table], kept, options)


if __name__ == "__main__":
    main()
