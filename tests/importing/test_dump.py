"""What a folder of exported files holds, line by line, and what is told about a folder that is none."""

from pathlib import Path

import pytest

from digisence.importing.dump import Document, DumpError, DumpFile, Malformed, find_files


def read(path: Path, content: str | bytes) -> list[tuple[int, object]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [
        (item.line, item.body if isinstance(item, Document) else f"malformed: {item.message}")
        for item in DumpFile(path).read()
    ]


@pytest.mark.parametrize(
    "content",
    [
        '{"_id": "a"}\n\n{"_id": "b"}\n',
        '{"_id": "a"}\r\n\r\n{"_id": "b"}',
        '\ufeff{"_id": "a"}\n\n{"_id": "b"}\n',
        '[{"_id": "a"},\n\n{"_id": "b"}]\n',
        '\ufeff[{"_id": "a"},\n\n {"_id": "b"}\n]\n',
        '[\n{"_id": "b"}]'.replace("[\n", '[{"_id": "a"},\n\n'),
    ],
)
def test_documents_with_their_lines(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "users.json", content) == [(1, {"_id": "a"}), (3, {"_id": "b"})]


def test_pretty_printed_documents(tmp_path: Path) -> None:
    content = '{\n  "_id": "a",\n  "tags": ["{", "}"]\n}\n{\n  "_id": "b"\n}\n'
    assert read(tmp_path / "users.json", content) == [(1, {"_id": "a", "tags": ["{", "}"]}), (5, {"_id": "b"})]


def test_a_malformed_line_is_named_and_the_rest_read(tmp_path: Path) -> None:
    found = read(tmp_path / "users.json", b'{"_id": "a"}\n{"_id": \n"text"\n{"_id": "\xff"}\n{"_id": "b"}\n')
    assert [line for line, _ in found] == [1, 2, 3, 4, 5]
    assert [body for _, body in found if isinstance(body, dict)] == [{"_id": "a"}, {"_id": "b"}]
    assert found[1][1] == "malformed: not JSON (unexpected end of data at column 8)"
    assert found[2][1] == "malformed: not a JSON object"


@pytest.mark.parametrize("bad", ['{"_id": }', '{"_id": "x"', "oops"])
def test_a_malformed_element_of_an_array_is_named_and_the_rest_read(tmp_path: Path, bad: str) -> None:
    found = read(tmp_path / "users.json", f'[{{"_id": "a"}},\n{bad},\n{{"_id": "b"}}]')
    assert [line for line, body in found if not isinstance(body, dict)] == [2]
    assert [(line, body) for line, body in found if isinstance(body, dict)] == [(1, {"_id": "a"}), (3, {"_id": "b"})]


def test_sizes_add_up_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text('{"_id": "a"}\nbroken\n')
    assert [(type(item), item.size) for item in DumpFile(path).read()] == [(Document, 12), (Malformed, 6)]


def test_files_are_told_from_other_files(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('{"_id": "a"}\n')
    (tmp_path / "brands.jsonl").write_text("")
    (tmp_path / "broken.ndjson").write_text("x\n")
    (tmp_path / "answers.json").write_text('{"counts": {"users": 1}}')
    (tmp_path / "README").write_text("x")
    (tmp_path / "folder.json").mkdir()
    files, others = find_files(tmp_path)
    assert [file.collection for file in files] == ["brands", "broken", "users"]
    assert others == [
        ("README", "its name does not end in .json, .jsonl or .ndjson"),
        ("answers.json", "none of its objects has an _id, so it is no collection"),
    ]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="There is no folder"):
        find_files(tmp_path / "none")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="holds no dump"):
        find_files(tmp_path)


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.json"
    path.write_text("{}")

    def refuse(*_arguments: object) -> None:  # the user who runs tests may be allowed to read everything
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DumpError, match=r"users\.json cannot be read \(Permission denied\)"):
        find_files(tmp_path)
