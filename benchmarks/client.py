"""The browser client: what changes cost a page that follows one page of a list, or holds 10,000 rows.

    python -m benchmarks.client [--repeats 3] [--seconds 5] [--rate 200] [--rows 10000]

`digisence up` on SQLite and, in Chromium, a page with `/static/realtime.js` and nothing else. `page` follows the first
20 businesses and draws them; `held` has all of them, patched in memory, and draws the first 20. Others change random
rows by a plain connection. "Task" is processor time of the page's main thread, from Chromium's trace: what it costs
whatever else the machine does; "a change" is what it does more than at rest, over the changes that arrived. At the end
all that is held is compared with the database. What the panel adds: `python -m benchmarks.scrolling`.
"""

import argparse
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.e2e.product import PASSWORD, Product

from . import report
from .rows import asked, changing, filled, repeated
from .scrolling import LATE_MS, tasks_in

BARE = "/bare"
SETTLING = 2_000
CALM = 1_500
ENDPOINTS = {"page": "/api/admin/businesses?page=1&limit=20", "held": "/api/admin/businesses"}
FIGURES = (
    ("loaded", "ms until all is here"), ("arrived", "changes/s arrived"), ("rest", "main thread ms/s, at rest"),
    ("busy", "with changes"), ("each", "ms a change"), ("task", "longest task ms"), ("over", "tasks over 50 ms"),
    ("most", "longest frame ms"), ("requests", "requests"), ("wrong", "rows wrong"),
)  # fmt: skip

FOLLOW = """async (endpoint) => {
  const { createRealtime } = await import("/static/realtime.js");
  const realtime = createRealtime();
  const began = performance.now();
  window.changes = 0;
  realtime.onMessage(({ type }) => (window.changes += type === "change"));
  await new Promise((done) => realtime.subscribe(endpoint, ({ data }) => {
    if (!data || window.rows === data) return;
    window.rows = data;
    const item = ({ name, phone }) => Object.assign(document.createElement("li"), { textContent: `${name} ${phone}` });
    document.body.replaceChildren(...data.slice(0, 20).map(item));
    done();
  }));
  return performance.now() - began;
}"""
FRAMES = """(seconds) => new Promise((done) => {
  const asked = () => performance.getEntriesByType("resource").length;
  const end = performance.now() + seconds * 1000, from = { changes, asked: asked() };
  let most = 0, before = performance.now();
  const frame = (now) => {
    most = Math.max(most, now - before);
    before = now;
    if (now < end) requestAnimationFrame(frame);
    else done({ most, arrived: (changes - from.changes) / seconds, requests: asked() - from.asked });
  };
  requestAnimationFrame(frame);
})"""


@contextmanager
def tab(browser: Browser, product: Product) -> Iterator[Page]:
    """A signed-in tab in a window of its own, on an empty page of the product's origin."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    email, _ = product.first_sign_in()
    reply = context.request.post(f"{product.url}/api/auth/login", data={"email": email, "password": PASSWORD})
    assert reply.ok, reply.text()
    context.route(f"**{BARE}", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
    page = context.new_page()
    page.goto(product.url + BARE)
    yield page
    context.close()


def traced(browser: Browser, page: Page, seconds: float, trace: Path) -> dict[str, Any]:
    """What the main thread did for so long, and how many changes arrived meanwhile."""
    browser.start_tracing(page=page, path=trace, categories=["disabled-by-default-devtools.timeline", "__metadata"])
    seen = dict(page.evaluate(FRAMES, seconds))
    browser.stop_tracing()
    tasks = tasks_in(json.loads(trace.read_bytes())["traceEvents"])
    over = sum(task > LATE_MS for task in tasks)
    return {**seen, "busy": sum(tasks) / seconds, "task": max(tasks), "over": over}


def differing(page: Page, database: str) -> int:
    """How many rows the page holds otherwise than the database."""
    with closing(sqlite3.connect(database)) as connection:
        phones = dict(connection.execute("SELECT id, phone FROM businesses").fetchall())
    held = page.evaluate("rows.map(({id, phone}) => [id, phone])")
    return sum(phones[row] != phone for row, phone in held)


def once(browser: Browser, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of each way to follow."""
    found: dict[str, dict[str, float]] = {}
    with filled(options.rows) as (product, database, folder):
        trace = folder / "trace.json"
        for name, endpoint in ENDPOINTS.items():
            with tab(browser, product) as page:
                loaded = page.evaluate(FOLLOW, endpoint)
                page.wait_for_timeout(SETTLING)
                rest = traced(browser, page, options.seconds, trace)["busy"]
                with changing(database, options.rows, options.rate):
                    page.wait_for_timeout(SETTLING)
                    told = traced(browser, page, options.seconds, trace)
                page.wait_for_timeout(CALM)
                each = (told["busy"] - rest) / told["arrived"]
                found[name] = {**told, "loaded": loaded, "rest": rest, "each": each, "wrong": differing(page, database)}
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    options = asked(report.options(__doc__), arguments)
    data = repeated(once, options)
    title = f"One page, {options.rows:,} rows in the directory, {options.rate:g} changes/s"
    table = report.Table(title, ["follows", *(name for _, name in FIGURES)])
    for name, runs in data.items():
        table.rows.append([name, *(report.median([run[key] for run in runs]) for key, _ in FIGURES)])
    report.publish("client", __doc__ or "", [table], data, options)


if __name__ == "__main__":
    main()
