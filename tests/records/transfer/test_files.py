"""Rows come with the line they begin on, whatever stands within quotes and whatever was wrong before them."""

from collections.abc import Iterator

import pytest

from digisence.models import User
from digisence.records.transfer import files
from digisence.records.transfer.entry import columns


def rows(text: str, form: str = "csv", size: int = 7) -> list[files.Row]:
    content = text.encode()
    pieces: Iterator[bytes] = (content[start : start + size] for start in range(0, len(content), size))
    return list(files.rows(form, pieces, columns(User)))


def test_lines_are_right_with_line_breaks_in_cells_and_after_bad_rows() -> None:
    text = (
        'email,name\r\na@x.org,"one\r\ntwo\nthree"\r\n\r\nb@x.org,x"y",\r\n"c@x.org"d,e\r\nonly\r\nf@x.org,"é 👩"\r\n'
    )
    found = rows(text)
    assert [(row.number, row.line) for row in found] == [(1, 2), (2, 6), (3, 7), (4, 8), (5, 9)]
    assert found[0].values == {"email": "a@x.org", "name": "one\r\ntwo\nthree"}
    assert found[1].faults == {"row": "has 3 cells; the header has 2"}
    assert "no CSV" in found[2].faults["row"]
    assert found[3].faults == {"row": "has 1 cells; the header has 2"}
    assert found[4].values == {"email": "f@x.org", "name": "é 👩"}


def test_a_quote_that_is_never_closed_is_told() -> None:
    assert rows('email\n"a\nb\n')[0].faults == {"row": "a quoted cell is never closed"}


def test_a_mark_before_the_header_and_other_separators_are_understood() -> None:
    [row] = rows('\ufeff"email";name\na@x.org;"b;c"\n')
    assert row.values == {"email": "a@x.org", "name": "b;c"}


def test_an_empty_cell_of_a_column_that_cannot_be_empty_is_not_given() -> None:
    [row] = rows("email,role,name\na@x.org,,\n")
    assert row.values == {"email": "a@x.org", "name": None}


def test_json_lines_with_a_bad_one_among_them() -> None:
    found = rows('{"email": "a"}\n\n{oops}\n[1]\n{"email": "b", "nickname": 1}\n', "ndjson")
    assert [(row.number, row.line) for row in found] == [(1, 1), (2, 3), (3, 4), (4, 5)]
    assert "not JSON" in found[1].faults["row"]
    assert found[2].faults == {"row": "is no JSON object"}
    assert found[3].faults == {"nickname": "is no field of this resource"}


def test_an_array_is_read_piece_by_piece() -> None:
    text = '[\n{"email": "a",\n "name": "]"},\n\n{"email": "b"} ,{"email": "👩"}\n]\n'
    assert [(row.line, row.values["email"]) for row in rows(text, "json", 1)] == [(2, "a"), (5, "b"), (5, "👩")]
    assert rows("[]", "json") == rows(" [ ] \n", "json") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{}", 1),
        ("[\n{},\n{oops}]", 3),
        ("[{} {}]", 1),
        ("[{}", 1),
        ("[{}]\nx", 2),
        ("[{},]", 1),
        ('[{"a":\n NaN}]', 1),
    ],
)
def test_what_is_no_array_ends_with_the_line(text: str, line: int) -> None:
    with pytest.raises(files.Unreadable) as caught:
        rows(text, "json")
    assert caught.value.line == line
