"""What axe has to say of a page, and whether the page stays within its window."""

from pathlib import Path

from playwright.sync_api import Page, expect

AXE = Path(__file__).parent.parent.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SETTLED = 15_000
COLOUR = ["color-contrast", "link-in-text-block"]
AT_REST = """if (!window.atRest) {
  window.atRest = new CSSStyleSheet();
  atRest.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, atRest];
}"""


def settle(page: Page) -> None:
    """Until nothing on the page waits for its data."""
    expect(page.get_by_role("button", name="Connection: Live")).to_be_visible(timeout=SETTLED)
    expect(page.locator("main [aria-busy=true], main .mantine-Skeleton-root")).to_have_count(0, timeout=SETTLED)
    expect(page.locator("main")).not_to_be_empty(timeout=SETTLED)


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """One line for each element that breaks a rule: the rule, the element, what to do. All rules unless told otherwise."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    page.evaluate(AT_REST)  # a colour on its way to another is neither
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": rules}} if rules else {})}
    found = page.evaluate("options => axe.run(document, options).then((told) => told.violations)", options)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
