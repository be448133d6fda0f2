"""The SELECT says of a phone what phonenumbers says of it."""

import random
from collections.abc import Iterator
from itertools import pairwise

import phonenumbers
import pytest
from digisence_contact_quality import business_phone
from digisence_contact_quality.numbering import lengths, national, possible
from digisence_contact_quality.phones import Home

from digisence.testing import Directory

CHANCE = random.Random(20)  # the same numbers every time
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
PLUS = ("+", "00", "+ ")


def digits(count: int) -> str:
    """So many digits, the first no trunk prefix."""
    return str(CHANCE.randrange(2, 10)) + "".join(str(CHANCE.randrange(10)) for _ in range(count - 1))


def abroad() -> Iterator[str]:
    """Numbers after each calling code, of every length, and after codes that nobody has."""
    for code in [*CODES, 999, 214, 801, 210]:
        for count in range(2, 18):
            yield f"{CHANCE.choice(PLUS)}{code}{CHANCE.choice(('', ' ', '-'))}{digits(count)}"


def at_home() -> Iterator[str]:
    """Numbers without a calling code, with and without the trunk prefix, of every length."""
    for count in range(1, 18):
        for trunk in ("", "0", "91"):
            for _ in range(20):
                yield trunk + digits(count)


def is_possible(phone: str, country: str | None) -> bool:
    """What phonenumbers says."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(phone, country))
    except phonenumbers.NumberParseException:
        return False


def found(directory: Directory, phones: list[str]) -> list[str]:
    """Those of `phones` that the rule finds."""
    directory.seed.many(
        "businesses", [{"id": f"{n:06}", "name": "A shop", "phone": one} for n, one in enumerate(phones)]
    )
    return [phones[int(key)] for key in sorted(directory.found(business_phone))]


def test_with_a_calling_code_it_agrees_to_the_last_number(rule_directory: Directory) -> None:
    phones = list(dict.fromkeys(abroad()))
    wrong = [phone for phone in phones if not is_possible(phone, "IN")]
    assert len(wrong) > 500 < len(phones) - len(wrong)
    assert found(rule_directory, phones) == wrong


def test_at_home_it_never_finds_what_phonenumbers_lets_pass(rule_directory: Directory) -> None:
    phones = list(dict.fromkeys(at_home()))
    named = found(rule_directory, phones)
    assert len(named) > 100
    assert [phone for phone in named if is_possible(phone, "IN")] == []


def test_no_calling_code_begins_another() -> None:
    """Else the number of digits would not tell which one it is."""
    texts = sorted(map(str, CODES))
    assert [pair for pair in pairwise(texts) if pair[1].startswith(pair[0])] == []
    assert sum(map(len, possible().values())) == sum(len(lengths(code)) for code in CODES)


def test_a_country_that_is_none_is_refused() -> None:
    assert Home(country="gb").country == "GB"
    with pytest.raises(ValueError, match="no country"):
        Home(country="XX")
    with pytest.raises(ValueError, match="IN or GB"):
        national("XX")
