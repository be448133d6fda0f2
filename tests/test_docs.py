"""The reference says what the code says. `python -m tests.test_docs` writes the page anew."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from digisence.cli import shell
from digisence.config import Settings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "settings.md"
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("plugins/**/*.md"),
        ROOT / "frontend/README.md",
        ROOT / "frontend/src/realtime/README.md",
    }
)
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


def anchors(page: Path) -> set[str]:
    """What a heading is called in an address."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead(page: Path) -> Iterator[str]:
    """Links and pictures of a page that lead nowhere."""
    text = page.read_text()
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", text) + [
        (name, "") for name in re.findall(r'(?:src|srcset)="([^"]+)"', text)
    ]
    for link, anchor in links:
        target = page.parent / link if link else page
        if "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target))):
            yield f"{link}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    assert list(dead(page)) == []


def wrong(line: str) -> str:
    """What of a command line is not there: a command, or an option; empty when all is."""
    words = [word.strip("[],;:.") for word in re.split(r"[#|>]", line)[0].split()[1:]]
    command: click.Command = shell()
    for at, word in enumerate(words):
        if not isinstance(command, click.Group) or not word[:1].isalpha() or "/" in word:
            break
        known = command.get_command(click.Context(command), word)
        if known is None:
            return word
        command, words[at] = known, ""
    options = {"--help", "--version", *(option for one in command.params for option in one.opts)}
    return next((word for word in words if word.startswith("--") and word.partition("=")[0] not in options), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_are_there(page: Path) -> None:
    text = page.read_text()
    lines = re.findall(r"`(digisence [^`\n]+)`", text) + re.findall(
        r"^(?:\$ )?(digisence [a-z][^\n]*)$", text, re.MULTILINE
    )
    assert [(line, wrong(line)) for line in lines if wrong(line)] == []


def test_what_is_wrong_with_a_command_is_found() -> None:
    lines = [
        "digisence audit veryfy",
        "digisence audit tail --folow",
        "digisence bulk undo ID --json  # --no",
        "digisence quarantine list/show",
    ]
    assert [wrong(line) for line in lines] == ["veryfy", "--folow", "", ""]


if __name__ == "__main__":
    PAGE.write_text(render())
