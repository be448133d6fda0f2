"""The reference says what the code says. `python -m tests.test_docs` writes the page anew."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digisence.config import Settings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "settings.md"
INTRO = """# Settings

Environment variables, or lines `NAME=value` in `digisence.env` in the instance folder; the environment wins. A value that
cannot be used stops the start with a sentence that names it. Durations are written `90s`, `15m`, `24h`, `7d`.

| name | default | meaning |
|---|---|---|
"""


def shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds() // 3600)}h"
    return "" if value in ("", None) or callable(value) else str(value)


def render() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "`instance/` in the working folder" if name == "instance" else shown(field.default)
        title = field.validation_alias or f"DIGISENCE_{name.upper()}"
        rows.append(f"| `{title}` | {default} | {field.description} |\n")
    return INTRO + "".join(rows)


def test_the_settings_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == render(), "run `python -m tests.test_docs`"


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


if __name__ == "__main__":
    PAGE.write_text(render())
