"""The browser client at work: what 200 changes a second and 10,000 rows cost the page that shows them.

    python -m benchmarks.client [--repeats 3] [--seconds 5] [--rate 200] [--rows 10000]

`digisence up` on SQLite and Chromium. Somebody with a plain connection changes the names of random users, evenly
over time. Looked at by: a page with `/static/realtime.js` that holds all rows (`held`) or one page of 20 (`page`); the
panel's list, at rest (`panel`) and scrolled through (`scrolling`). Busy: the main thread's time in tasks, of which the
scripts' and the rest (style, layout, paint). Frames are counted by requestAnimationFrame; a long task has over 50 ms.
`idle` is the same page while nobody writes. What is held at the end is compared with the database.
"""

import argparse
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.e2e.chromium import launched
from tests.e2e.product import PASSWORD, Product

from . import report

PATIENCE = 120_000
BEAT = 0.05  # seconds between two transactions of the writer
SETTLING = 3_000
BARE = "/bare"
FIGURES = (
    ("changes", "changes/s arrived"), ("busy", "main thread busy, ms/s"), ("script", "of it scripts"),
    ("each", "ms busy a change"), ("fps", "frames/s"), ("p95", "frame p95 ms"), ("most", "longest frame ms"),
    ("long", "tasks over 50 ms"), ("worst", "longest task ms"), ("requests", "requests"), ("wrong", "rows wrong"),
)  # fmt: skip

FOLLOW = """async (endpoint) => {
  const { createRealtime } = await import("/static/realtime.js");
  const realtime = createRealtime();
  const began = performance.now();
  await new Promise((done) => realtime.subscribe(endpoint, (snapshot) => {
    window.rows = snapshot.data;
    if (snapshot.data && realtime.status().state === "live") done();
  }));
  window.changes = 0;
  realtime.onMessage(({ type }) => (window.changes += type === "change"));
  return performance.now() - began;
}"""
METER = """() => {
  const meter = (window.meter = { frames: [], tasks: [] });
  let last = performance.now();
  const frame = (now) => { meter.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  const note = (list) => list.getEntries().forEach(({ duration }) => meter.tasks.push(duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
}"""
SCROLL = """() => {
  const scroller = document.querySelector(".scroll");
  const step = () => { scroller.scrollTop += 40; window.scrolling = requestAnimationFrame(step); };
  step();
}"""


class Writer:
    """Somebody who changes names, so many a second, until told to stop."""

    def __init__(self, database: str, rate: float) -> None:
        self._path, self._rate = database.removeprefix("sqlite:///"), rate
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=30)) as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM users")]
            began, done = time.monotonic(), 0
            while not self._over.wait(BEAT):
                due = int((time.monotonic() - began) * self._rate)
                connection.execute("BEGIN IMMEDIATE")
                for number in range(done, due):
                    connection.execute("UPDATE users SET name = ? WHERE id = ?", (f"~{number}", random.choice(ids)))
                connection.execute("COMMIT")
                done = due


class Looker:
    """A tab of Chromium with instruments."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("Performance.enable")
        self._requests = 0
        page.on("request", self._count)

    def _count(self, _: object) -> None:
        self._requests += 1

    def _spent(self) -> dict[str, float]:
        told = self._tools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in told}

    def watch(self, seconds: float) -> dict[str, float]:
        """What the main thread did for so long."""
        self.page.evaluate("meter.frames.length = meter.tasks.length = 0")
        arrived, requests, before = self._arrived(), self._requests, self._spent()
        began = time.monotonic()
        self.page.wait_for_timeout(1_000 * seconds)
        took, after = time.monotonic() - began, self._spent()
        changes = self._arrived() - arrived
        meter = self.page.evaluate("meter")
        busy = 1_000 * (after["TaskDuration"] - before["TaskDuration"])
        return {
            "changes": changes / took, "busy": busy / took,
            "script": 1_000 * (after["ScriptDuration"] - before["ScriptDuration"]) / took,
            "each": busy / changes if changes else 0.0, "fps": len(meter["frames"]) / took,
            "p95": report.quantile(meter["frames"], 0.95), "most": max(meter["frames"]),
            "long": len(meter["tasks"]), "worst": max(meter["tasks"], default=0.0),
            "requests": self._requests - requests, "wrong": 0,
        }  # fmt: skip

    def _arrived(self) -> int:
        return int(self.page.evaluate("window.changes ?? 0"))

    def truth(self, database: str) -> int:
        """How many of the rows that the page holds differ from the database."""
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
            names = dict(connection.execute("SELECT id, name FROM users").fetchall())
        held = self.page.evaluate("rows.map(({id, name}) => [id, name])")
        return sum(names[number] != name for number, name in held)


def multiply(database: str, template: str, count: int) -> None:
    """So many users like one, in one transaction."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(users)")]
        other = {"id": "printf('bench-%06d', i)", "email": "printf('bench%d@example.org', i)"}
        values = ", ".join(other.get(name, f'"{name}"') for name in columns)
        named = ", ".join(f'"{name}"' for name in columns)
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"INSERT INTO users ({named}) SELECT {values} FROM n, users WHERE users.id = ?",
            (count, template),
        )


@contextmanager
def tab(browser: Browser, product: Product) -> Iterator[Page]:
    """A signed-in tab of a browser window of its own; `/bare` of the product is an empty page there."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    email, _ = product.first_sign_in()
    reply = context.request.post(f"{product.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    context.route(f"**{BARE}", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    yield context.new_page()
    context.close()


def follow(page: Page, product: Product, endpoint: str) -> float:
    """Hold an endpoint with the published client; returns how long it took to have all of it, in ms."""
    page.goto(product.url + BARE)
    return float(page.evaluate(FOLLOW, endpoint))


def open_panel(page: Page, product: Product) -> None:
    """The panel's list of users, live."""
    page.goto(f"{product.url}/records/users")
    expect(page.locator("tbody tr[data-record]").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    page.evaluate("""async () => {
      window.changes = 0;
      const count = ({ data }) => (window.changes += data.includes('"type":"change"'));
      new EventSource("/api/admin/sse?initial=none").onmessage = count;
    }""")


def scroll(page: Page) -> None:
    """One long list instead of pages, and somebody who moves through it, 40 pixels a frame."""
    page.get_by_role("button", name="Display").click()
    page.get_by_text("Scroll", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator("tbody tr[data-record]").first).to_be_visible(timeout=PATIENCE)
    page.evaluate(SCROLL)


def measure(product: Product, browser: Browser, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of each way to look, with and without changes."""
    found: dict[str, dict[str, float]] = {}
    for name, endpoint in {"held": "/api/admin/users", "page": "/api/admin/users?page=1&limit=20"}.items():
        with tab(browser, product) as page:
            loaded = follow(page, product, endpoint)
            look(page, name, product, options, found)
            found[name]["loaded"] = loaded
    for name in ("panel", "scrolling"):
        with tab(browser, product) as page:
            open_panel(page, product)
            if name == "scrolling":
                scroll(page)
            look(page, name, product, options, found)
    return found


def look(
    page: Page, name: str, product: Product, options: argparse.Namespace, found: dict[str, dict[str, float]]
) -> None:
    """Measure at rest, then while somebody writes."""
    looker = Looker(page)
    page.evaluate(METER)
    page.wait_for_timeout(SETTLING)
    found[f"{name}, idle"] = looker.watch(options.seconds)
    with Writer(product.database, options.rate):
        page.wait_for_timeout(SETTLING)
        found[name] = looker.watch(options.seconds)
    page.wait_for_timeout(SETTLING)
    if name == "held":
        found[name]["wrong"] = looker.truth(product.database)


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--rate", type=float, default=200, help="changes a second")
    parser.add_argument("--rows", type=int, default=10_000, help="users in the directory")
    options = parser.parse_args(arguments)
    data: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="digisence-bench-") as name, launched() as browser:
        folder = Path(name)
        product = Product(folder / "instance", f"sqlite:///{folder}/digisence.sqlite").start()
        try:
            template = product.admin().post("/api/admin/users", {"email": "one@example.org", "role": "BUSINESS_ADMIN"})
            multiply(product.database, template["id"], options.rows - 2)
            for _ in range(options.repeats):
                for looked, figures in measure(product, browser, options).items():
                    data.setdefault(looked, []).append(figures)
        finally:
            product.stop()
            product.close()
    table = report.Table(
        f"One browser, {options.rate:g} changes/s, {options.rows:,} rows",
        ["looked at", *(title for _, title in FIGURES)],
    )
    for looked, runs in data.items():
        table.rows.append([looked, *(report.median([run[key] for run in runs]) for key, _ in FIGURES)])
    loaded = report.median([run["loaded"] for run in data["held"]])
    table.notes.append(f"All {options.rows:,} rows are here and live after {loaded:,.0f} ms.")
    report.publish("client", __doc__ or "", [table], data, options)


if __name__ == "__main__":
    main()
