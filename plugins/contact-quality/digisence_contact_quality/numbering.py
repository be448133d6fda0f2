"""How many digits a phone number has in each country, from the metadata of phonenumbers.

A rule is one SELECT, so phonenumbers itself cannot look at a record. What it knows of lengths fits into the SELECT:
215 calling codes, none the beginning of another, and for each the lengths that its numbers may have.
"""

from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

EARTH = "001"  # codes that belong to no country: satellites, freephone


@cache
def possible() -> dict[int, frozenset[str]]:
    """By the number of digits in a calling code: `code:digits` for every number of digits, the code's included."""
    found: dict[int, set[str]] = {}
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        width = len(str(code))
        found.setdefault(width, set()).update(f"{code}:{width + length}" for length in lengths(code))
    return {width: frozenset(pairs) for width, pairs in found.items()}


@cache
def lengths(code: int) -> frozenset[int]:
    """How many digits a number may have after this calling code."""
    described = _metadata(code).general_desc
    return frozenset((*described.possible_length, *described.possible_length_local_only)) - {-1}


def national(region: str) -> dict[str, frozenset[int]]:
    """How many digits a number has as people of this country write it at home, by what it begins with: the trunk
    prefix, the calling code, or anything. ValueError for a country that phonenumbers does not know.
    """
    code = phonenumbers.country_code_for_region(region.upper())
    if not code:
        raise ValueError(f"{region!r} is no country: write two letters, IN or GB")
    trunk = PhoneMetadata.metadata_for_region(region.upper()).national_prefix or ""
    return {prefix: frozenset(len(prefix) + length for length in lengths(code)) for prefix in ("", trunk, str(code))}


def _metadata(code: int) -> PhoneMetadata:
    region = phonenumbers.region_code_for_country_code(code)
    return (
        PhoneMetadata.metadata_for_nongeo_region(code) if region == EARTH else PhoneMetadata.metadata_for_region(region)
    )
