"""The panel's pages, read from its own tables, so that no test forgets one."""

import re
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "frontend" / "src" / "panel"


def declared() -> list[str]:
    """The addresses in the table of pages, then those of the resources."""
    pages = re.findall(r'\{ path: "([^"]+)"', (SOURCE / "shell" / "pages.ts").read_text())
    resources = re.findall(r'^\s+name: "([a-z-]+)"', (SOURCE / "resources.ts").read_text(), re.MULTILINE)
    assert len(pages) >= 4
    assert len(resources) == 7, resources
    return [*pages, *(f"/records/{name}" for name in resources)]
