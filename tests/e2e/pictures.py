"""What the guide shows of the panel. `pytest tests/e2e/test_walks.py --pictures` takes the pictures anew."""

import base64
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.accessible import COLOUR, overflow, settle, violations

FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
QUALITY = 60
DRAWN = 300  # milliseconds until a chart stands in its other colours


class Pictures:
    """Looks at a step of a walk in both schemes: nothing for axe's rules on colour to find; `keep`: and keeps what it saw."""

    def __init__(self, keep: bool) -> None:
        self._keep = keep

    def __call__(self, page: Page, name: str) -> None:
        settle(page)
        page.mouse.move(640, 2)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert violations(page, COLOUR) == [], scheme
            if self._keep:
                self._take(page, f"{name}-{scheme}.webp")
        assert overflow(page) <= 0

    def _take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(DRAWN)
        tools = page.context.new_cdp_session(page)
        taken = tools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        tools.detach()
        FOLDER.joinpath(name).write_bytes(base64.b64decode(taken["data"]))
