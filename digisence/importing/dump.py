"""What a folder of `mongoexport` files holds: documents, and the lines that are none."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

SUFFIXES = (".json", ".jsonl", ".ndjson")
SEPARATORS = re.compile(r"[\s,\[\]]*")
NEXT_DOCUMENT = re.compile(r"(?<=\n)[\s,]*(?={)")


class DumpError(Exception):
    """The folder cannot be read as a dump; the message says why and what to do."""


@dataclass(frozen=True)
class Document:
    """One document of a collection, as the file had it. `size` in bytes."""

    line: int
    body: dict[str, Any]
    size: int


@dataclass(frozen=True)
class Malformed:
    """A line that is no document. `size` in bytes."""

    file: str
    line: int
    message: str
    size: int


@dataclass(frozen=True)
class DumpFile:
    """A collection's file; the collection is called as the file is."""

    path: Path

    @property
    def collection(self) -> str:
        """The collection's name."""
        return self.path.stem

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def read(self) -> Iterator[Document | Malformed]:
        """Every document and every malformed line, in order. One document a line, a JSON array, or pretty-printed."""
        with self.path.open("rb") as file:
            start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
            file.seek(0)
            across_lines = start.startswith(b"[") or re.match(rb"\{\s*\n", start)
            yield from self._whole(file) if across_lines else self._lines(file)

    def holds_documents(self) -> bool:
        """Whether this is a collection: MongoDB gives every document an `_id`. An empty collection is one too."""
        first = list(islice(self.read(), 50))
        return not first or any(isinstance(item, Malformed) or "_id" in item.body for item in first)

    def _lines(self, file: BinaryIO) -> Iterator[Document | Malformed]:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if text:
                yield self._document(text, number)

    def _whole(self, file: BinaryIO) -> Iterator[Document | Malformed]:
        text = file.read().decode("utf-8-sig", errors="replace")
        decoder, position, line = json.JSONDecoder(), 0, 1
        while True:
            start = SEPARATORS.match(text, position).end()  # type: ignore[union-attr]
            line += text.count("\n", position, start)
            if start == len(text):
                return
            try:
                _, position = decoder.raw_decode(text, start)
                yield self._document(text[start:position].encode(), line)
            except ValueError as error:
                following = NEXT_DOCUMENT.search(text, start + 1)
                position = following.end() if following else len(text)
                yield Malformed(self.path.name, line, _said(error), position - start)
            line += text.count("\n", start, position)

    def _document(self, text: bytes, line: int) -> Document | Malformed:
        try:
            body = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            return Malformed(self.path.name, line, _said(error), len(text))
        if not isinstance(body, dict):
            return Malformed(self.path.name, line, "not a JSON object", len(text))
        return Document(line, body, len(text))


def _said(error: ValueError) -> str:
    return f"not JSON ({error.msg} at column {error.colno})" if isinstance(error, json.JSONDecodeError) else str(error)


def find_files(folder: Path) -> tuple[list[DumpFile], list[tuple[str, str]]]:
    """The collections' files in `folder`, by name, and the other files with the reason why each is none.

    Raises DumpError where the folder is missing or holds no collection, or a file cannot be read.
    """
    if not folder.is_dir():
        raise DumpError(f"There is no folder {folder}: name the one that holds the files mongoexport wrote.")
    files, others = [], []
    try:
        for path in sorted(path for path in folder.iterdir() if path.is_file()):
            if path.suffix.lower() not in SUFFIXES:
                others.append((path.name, "its name does not end in .json, .jsonl or .ndjson"))
            elif not DumpFile(path).holds_documents():
                others.append((path.name, "none of its objects has an _id, so it is no collection"))
            else:
                files.append(DumpFile(path))
    except OSError as error:
        where = error.filename or folder
        raise DumpError(f"{where} cannot be read ({error.strerror}): mend its permissions.") from error
    if not files:
        raise DumpError(
            f"{folder} holds no dump: a file a collection is needed (users.json, businesses.json, …), "
            "one JSON document a line, as mongoexport writes it."
        )
    return files, others
