"""Tags are read whatever was added to them on the way."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from digisence.blueprints.conditional import unchanged, wanted_versions
from digisence.errors import Invalid

NOON = datetime(2026, 11, 23, 12, 0, 0, 900_000, UTC)


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None), ("*", None), ('"5"', [5]), ('W/"5"', [5]), ('"5-gzip"', [5]), ('"5:zstd"', [5]), ('"5;br"', [5]), ("5", [5]),
        ('"4", W/"5:br"', [4, 5]), ('"4",, "5" ,', [4, 5]), ('"*"', []), (" * ", None), ('"x"', []), ('""', []), ("", []), ('"-5"', []), ('"5000000000"', []), ('"٣"', []),
    ],
)  # fmt: skip
def test_if_match(header: str | None, versions: list[int] | None) -> None:
    headers = {} if header is None else {"If-Match": header.encode().decode("latin-1")}
    with Flask("x").test_request_context(headers=headers):
        found = wanted_versions()
    assert (found if found is None else sorted(found)) == versions


@pytest.mark.parametrize("header", ['"5', '5"', '"5" "6"', '"5", *', "*, *", '"1""2"', 'W/ "5"', '"' * 99_999])
def test_what_is_no_list_of_tags_is_refused(header: str) -> None:
    with Flask("x").test_request_context(headers={"If-Match": header}), pytest.raises(Invalid) as refused:
        wanted_versions()
    assert set(refused.value.fields) == {"If-Match"}


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, False), ({"If-None-Match": '"abc"'}, True), ({"If-None-Match": 'W/"abc:gzip"'}, True), ({"If-None-Match": '"x"'}, False), ({"If-None-Match": '"abc;br"'}, True),
        ({"If-None-Match": '"x", W/"y,z" ,"abc"'}, True), ({"If-None-Match": '"x", W/"abc;br"'}, True), ({"If-None-Match": '"x", "y"'}, False),
        ({"If-None-Match": '"x,abc"'}, False), ({"If-None-Match": '"*"'}, False), ({"If-None-Match": ""}, False),
        ({"If-None-Match": "*"}, True), ({"If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}, True),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 11:59:59 GMT"}, False), ({"If-Modified-Since": "soon"}, False),
        ({"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 -1200"}, True), ({"If-Modified-Since": "Mon, 01 Jan 0101 00:00:00 +1200"}, False),
        ({"If-None-Match": '"x"', "If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}, False),
    ],
)  # fmt: skip
def test_unchanged(headers: dict[str, str], same: bool) -> None:
    with Flask("x").test_request_context(headers=headers):
        assert unchanged("abc", NOON) is same


def test_a_time_that_cannot_be_told_is_never_unchanged() -> None:
    with Flask("x").test_request_context(headers={"If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}):
        assert not unchanged("abc", None)
