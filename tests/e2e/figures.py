"""Reading the numbers off the panel's pages, and waiting until they agree with what is true."""

import re
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Locator, Page, expect

from tests.e2e.accessible import settle

Shown = TypeVar("Shown")
AGREED = 5_000  # milliseconds in which a page comes to agree
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}


def agree(page: Page, read: Callable[[], Shown], truth: Shown) -> None:
    """The page comes to show the truth."""
    for _ in range(AGREED // 100):
        if read() == truth:
            return
        page.wait_for_timeout(100)
    assert read() == truth


def number(text: str) -> int:
    """`1,204` and `3 users`."""
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found[0].replace(",", ""))


def seconds(text: str) -> tuple[float, float]:
    """`850 ms`, `3.5 min`: in seconds, and by how much the rounding may have moved it."""
    value, unit = text.split(" ")
    return float(value.replace(",", "")) * UNITS[unit], 0.051 * UNITS[unit]


def named(items: Locator) -> dict[str, int]:
    """Labels that end with their number, such as tabs and states with a count."""
    told = (re.fullmatch(r"(.*?)\s*([\d,]+)", text, re.DOTALL) for text in items.all_inner_texts())
    return {found[1].strip(): number(found[2]) for found in told if found}


def total(page: Page, list_: str) -> int:
    """How many rows a list tells of: by its pager, or by saying that there is none."""
    settle(page)
    sheet = page.locator(".sheet", has=page.get_by_role("table", name=list_, exact=True))
    told = sheet.locator(".pager .quiet")
    expect(told.or_(sheet.locator(".state-title")).first).to_be_visible()
    return number(told.inner_text().split(" of ")[1]) if told.count() else 0


def listed(page: Page) -> int:
    """How many records the list of a resource tells of, above it."""
    told = page.locator(".toolbar .total")
    expect(told).not_to_be_empty()
    return number(told.inner_text())


def table(region: Locator) -> list[dict[str, str]]:
    """A table row by row, each cell by the head of its column."""
    names = region.locator("thead th").all_inner_texts()
    rows = region.locator("tbody tr").all()
    return [dict(zip(names, row.locator("th, td").all_inner_texts(), strict=True)) for row in rows]


def chart(page: Page, title: str) -> list[dict[str, str]]:
    """The table of a chart, the newest step first."""
    card = page.get_by_role("region", name=title, exact=True)
    button = card.get_by_role("button", name=f"{title} as a table")
    if card.get_by_role("table").count() == 0:
        button.click()
    expect(card.get_by_role("table")).to_be_visible()
    return table(card.get_by_role("table"))


def figures(page: Page) -> dict[str, str]:
    """The labelled figures of the page."""
    return {each.locator("dt").inner_text(): each.locator("dd").inner_text() for each in page.locator(".figure").all()}


def named_related(page: Page) -> dict[str, int]:
    """What points at the record shown, by its word."""
    told = (text.strip().split(" ", 1) for text in page.locator(".related a").all_inner_texts())
    return {word: number(n) for n, word in told}


def sums(page: Page, title: str) -> dict[str, int]:
    """Each line of a chart, over all its steps."""
    rows = chart(page, title)
    return {name: sum(number(row[name]) for row in rows if row[name] != "—") for name in list(rows[0])[1:]}


def levels(page: Page, title: str) -> dict[str, int]:
    """Each line of a chart, as it stands."""
    newest = chart(page, title)[0]
    return {name: number(newest[name]) for name in list(newest)[1:]}


def near(row: dict[str, str], name: str, truth: float) -> None:
    shown, rounding = seconds(row[name])
    assert abs(shown - truth) <= rounding, (name, row[name], truth)


def states(page: Page) -> Locator:
    """The states by which a list is narrowed, each with its count."""
    return page.get_by_role("radiogroup", name="State").locator("label")
