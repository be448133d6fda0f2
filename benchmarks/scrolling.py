"""Scrolling: frames of a list of 10,000 rows in Chromium, at rest, scrolled, and scrolled while changes arrive.

    python -m benchmarks.scrolling [--repeats 3] [--seconds 5] [--rate 200] [--rows 10000]

`digisence up` on SQLite and a browser with the list of businesses, endless, at 1280 by 900. The page moves its scroller
by 240 px a frame (some 350 rows a second), down and up again; others change random rows by a plain connection to the
database. Between frames is what the page's own clock tells of requestAnimationFrame; a browser without a screen makes
60 a second. "Task" is processor time of the page's main thread, from Chromium's trace: what it costs whatever else
the machine does. A frame is late when more than 50 ms passed since the one before.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, Page, expect

from tests.e2e.product import PASSWORD, Product

from . import report
from .rows import asked, changing, filled, repeated

PATIENCE = 30_000
LATE_MS = 50
FIGURES = (
    ("frames", "frames/s"), ("p50", "between frames p50 ms"), ("p95", "p95 ms"),
    ("most", "max ms"), ("late", "late frames"),
    ("work", "main thread ms a frame"), ("task", "longest task ms"),
    ("over", "tasks over 50 ms"), ("written", "changes/s"),
)  # fmt: skip
SCROLL = """([seconds, step]) => new Promise((done) => {
  const scroller = document.querySelector(".scroll"), gaps = [], end = performance.now() + seconds * 1000;
  let before = performance.now(), by = step;
  const frame = (now) => {
    gaps.push(now - before);
    before = now;
    if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) by = -step;
    if (scroller.scrollTop === 0) by = step;
    scroller.scrollTop += by;
    if (now < end) requestAnimationFrame(frame); else done(gaps.slice(2));
  };
  requestAnimationFrame(frame);
})"""


def open_list(page: Page, product: Product, rows: int) -> None:
    """The list, endless, once it knows how long it is."""
    reply = page.request.post(
        f"{product.url}/api/auth/login", data={"email": product.first_sign_in()[0], "password": PASSWORD}
    )
    assert reply.ok, reply.text()
    page.goto(f"{product.url}/records/businesses")
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Display").click()
    page.get_by_text("Scroll", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator(f"table[aria-rowcount='{rows + 1}']")).to_be_visible(timeout=PATIENCE)


def measure(browser: Browser, page: Page, seconds: float, step: int, trace: Path) -> dict[str, float]:
    """Frames of the page while it scrolls by `step` pixels a frame."""
    browser.start_tracing(page=page, path=trace, categories=["disabled-by-default-devtools.timeline", "__metadata"])
    gaps = cast("list[float]", page.evaluate(SCROLL, [seconds, step]))
    browser.stop_tracing()
    tasks = tasks_in(json.loads(trace.read_bytes())["traceEvents"])
    return {
        "frames": 1000 * len(gaps) / sum(gaps), "p50": report.quantile(gaps, 0.5), "p95": report.quantile(gaps, 0.95),
        "most": max(gaps), "late": sum(gap > LATE_MS for gap in gaps), "work": sum(tasks) / len(gaps),
        "task": max(tasks), "over": sum(task > LATE_MS for task in tasks),
    }  # fmt: skip


def tasks_in(events: list[dict[str, Any]]) -> list[float]:
    """Processor time in ms of each task of the main thread of the busiest page."""
    mains = {
        (event["pid"], event["tid"]) for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }  # fmt: skip
    found: dict[tuple[int, int], list[float]] = {main: [] for main in mains}
    for event in events:
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains:
            found[event["pid"], event["tid"]].append(event.get("tdur", event.get("dur", 0)) / 1000)
    return max(found.values(), key=sum)


def once(browser: Browser, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of each way of looking at it."""
    with filled(options.rows) as (product, database, folder):
        trace = folder / "trace.json"
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_list(page, product, options.rows)
        found = {
            "at rest": measure(browser, page, options.seconds, 0, trace),
            "scrolled": measure(browser, page, options.seconds, 240, trace),
        }
        with changing(database, options.rows, options.rate) as counted:
            for name, step in (("changes, at rest", 0), ("changes, scrolled", 240)):
                before, began = counted[0], time.monotonic()
                told = measure(browser, page, options.seconds, step, trace)
                found[name] = {**told, "written": (counted[0] - before) / (time.monotonic() - began)}
        page.close()
        return found


def median_of(runs: list[dict[str, float]], key: str) -> float | None:
    """Of a figure, where it was measured at all."""
    values = [run[key] for run in runs if key in run]
    return report.median(values) if values else None


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    options = asked(report.options(__doc__), arguments)
    data = repeated(once, options)
    title = f"A list of {options.rows:,} rows, {options.rate:g} changes/s"
    table = report.Table(title, ["", *(name for _, name in FIGURES)])
    for name, runs in data.items():
        table.rows.append([name, *(median_of(runs, key) for key, _ in FIGURES)])
    report.publish("scrolling", __doc__ or "", [table], data, options)


if __name__ == "__main__":
    main()
