"""The guide shows what there is to see: each picture it names is there, light and dark, none is left over, all are small."""

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
KEPT = {path.name: path.stat().st_size for path in (DOCS / "images").glob("*.webp")}
MOST, ALL = 80_000, 1_500_000  # bytes


def test_each_picture_is_shown_and_there() -> None:
    named = re.findall(r"images/([\w-]+\.webp)", (DOCS / "guide" / "panel.md").read_text())
    assert sorted(named) == sorted(KEPT)
    assert {name.replace("-dark.", "-light.") for name in KEPT} == {name for name in KEPT if "-light." in name}


def test_pictures_are_small() -> None:
    assert max(KEPT.values()) <= MOST
    assert sum(KEPT.values()) <= ALL
