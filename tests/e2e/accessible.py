"""What axe has to say of a page, and whether the page stays within its window."""

from pathlib import Path

from playwright.sync_api import Page, expect

AXE = Path(__file__).parent.parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SETTLED = 15_000


def settle(page: Page) -> None:
    """Until nothing on the page waits for its data."""
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=SETTLED)
    expect(page.locator("main [aria-busy=true], main .mantine-Skeleton-root")).to_have_count(0, timeout=SETTLED)
    expect(page.locator("main")).not_to_be_empty(timeout=SETTLED)


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule: the rule, the element, what to do."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations)")
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
