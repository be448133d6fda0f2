"""Search finds words whatever their case, in any script, and takes no letter for a wildcard."""

from flask import Flask

from digisence import records
from digisence.models import Category
from digisence.records import listing, query
from tests.records.conftest import ME

NAMES = ["Ärzte Zentrum", "Pizza 100%", "a_b", "Москва Cafe", "[x] *y*", "Ölmühle (Süd)", "back\\slash", "ΣΊΣΥΦΟΣ"]


def found(text: str) -> list[str]:
    asked = query.parse(Category, {"search": [text], "sort": ["name"]})
    return [item["name"] for item in listing.page(Category, asked).items]


def test_each_word_must_occur_whatever_its_case(app: Flask) -> None:
    for name in NAMES:
        records.create(Category, {"name": name}, ME)
    questions = {
        "ärzte": ["Ärzte Zentrum"], "ÄRZTE zENTRUM": ["Ärzte Zentrum"], "zentrum ärzte": ["Ärzte Zentrum"],
        "zentrum pizza": [], "0%": ["Pizza 100%"], "%": ["Pizza 100%"], "A_B": ["a_b"], "_": ["a_b"],
        NAMES[3].split()[0].upper(): ["Москва Cafe"], "москва café": [], "ölMÜHLE (süd)": ["Ölmühle (Süd)"], "üd)": ["Ölmühle (Süd)"],
        "*y*": ["[x] *y*"], "[x]": ["[x] *y*"], "\\": ["back\\slash"], "σίσυφοσ": ["ΣΊΣΥΦΟΣ"], "ä.z": [], "ä*": [], "[ä]": [],
    }  # fmt: skip
    assert {text: found(text) for text in questions} == questions
    assert len(found("  ")) == len(NAMES)
