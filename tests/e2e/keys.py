"""A superadmin without a mouse: every step is a key, and after each one the focus is somewhere to be seen."""

import re
import time

from playwright.sync_api import Page, expect

from tests.e2e.office import PATIENCE

SOON = 3.0  # seconds in which the focus comes to where it belongs
FARTHEST = 90  # presses of Tab until something counts as out of reach
FOCUS = """() => {
  const at = document.activeElement;
  const drawn = ["radio", "checkbox"].includes(at.type) && at.labels.length > 0 ? at.labels[0] : at;  // their own box may be hidden
  const box = drawn.getBoundingClientRect();
  const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const labels = [...(at.labels ?? [])].map((label) => label.innerText).join(" ");
  return {
    lost: at === document.body,
    seen: inside && at.matches(":focus-visible"),
    name: (at.getAttribute("aria-label") ?? (labels || at.innerText || at.title || "")).trim(),
    tag: at.outerHTML.slice(0, 200),
  };
}"""


class Keys:
    """The keyboard of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str, lost: bool = False) -> None:
        """Keys one after another; after each the focus is seen, or `lost` may leave it with the page itself."""
        for key in keys:
            self.page.keyboard.press(key)
            if not lost:
                self.look(key)

    def look(self, after: str) -> str:
        """What has the focus, by name; it may take a moment to come there."""
        deadline = time.monotonic() + SOON
        while True:
            found = self.page.evaluate(FOCUS)
            if found["seen"] and not found["lost"]:
                return str(found["name"])
            assert time.monotonic() < deadline, f"after {after} the focus is not to be seen: {found['tag']}"
            time.sleep(0.02)

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.page.keyboard.type(text)

    def go_to(self, name: str | re.Pattern[str], key: str = "Tab") -> None:
        """Press `key` until what is called so has the focus. On the way round the page itself is passed, once."""
        passed = []
        for _ in range(FARTHEST):
            self.page.keyboard.press(key)
            if self.page.evaluate(FOCUS)["lost"] and "" not in passed:
                passed.append("")
                continue
            passed.append(self.look(key))
            if re.fullmatch(name, passed[-1].partition("\n")[0]) if isinstance(name, str) else name.search(passed[-1]):
                return
        raise AssertionError(f"{name} is not to be reached by {key}: {passed}")

    def focused(self, name: str | re.Pattern[str]) -> None:
        """What is called so has the focus, or comes to have it."""
        expect(self.page.locator(":focus")).to_have_accessible_name(name, timeout=PATIENCE)
