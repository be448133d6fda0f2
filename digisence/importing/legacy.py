"""Bringing in the old platform's dump: every document is placed, there already, kept aside with a reason, or named."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from ..extensions.db import db
from ..models import (
    Business,
    BusinessListingInquiry,
    Category,
    Inquiry,
    Professional,
    Record,
    RegistrationInquiry,
    User,
)
from .dump import Document, DumpFile, Malformed, find_files
from .filling import fill_references
from .order import BATCH, in_turn, waiting_for_business
from .placing import IMPORTER, Placer
from .report import Report
from .shape import COLLECTIONS, Candidate, shape

AFTER_BUSINESSES: tuple[type[Record], ...] = (Professional, Inquiry, BusinessListingInquiry, RegistrationInquiry)
Advance = Callable[[int], object]


def import_dump(folder: Path, *, dry_run: bool = False, advance: Advance = lambda _bytes: None) -> Report:
    """Import the `mongoexport` files of `folder`; with `dry_run` only tell what would happen.

    Users come first, then what refers to them, whatever the order of files and rows. Each batch is a transaction:
    stopped half-way, the next import goes on; what is there already is never overwritten.
    `advance` is told the bytes read.
    Raises DumpError for a folder that is no dump.
    """
    started = time.monotonic()
    files, others = find_files(folder)
    report = Report(dry_run, others=others)
    _Import(files, report, advance).run()
    if not dry_run:
        report.filled = fill_references(IMPORTER)
    db.session.rollback()
    report.seconds = time.monotonic() - started
    return report


def size(folder: Path) -> int:
    """Bytes that an import of `folder` will read. Raises DumpError."""
    return sum(file.size for file in find_files(folder)[0])


class _Import:
    """One pass over the files, in the order of dependence."""

    def __init__(self, files: list[DumpFile], report: Report, advance: Advance) -> None:
        self._files, self._report, self._advance = files, report, advance
        self._placer = Placer(report)
        self._seen: dict[str, dict[str, int]] = {}

    def run(self) -> None:
        """Place everything."""
        self._place(User)
        categories = list(self._candidates(Category))
        late = waiting_for_business(categories)
        self._placer.coming = {Category: late}
        self._place_categories([category for category in categories if category.id not in late])
        self._place(Business)
        self._placer.coming = {}
        self._place_categories([category for category in categories if category.id in late])
        for model in AFTER_BUSINESSES:
            self._place(model)
        for file in self._files:
            if file.collection not in COLLECTIONS:
                for batch in batches(self._read(file)):
                    self._placer.keep(batch)

    def _place(self, model: type[Record]) -> None:
        for batch in batches(self._candidates(model)):
            self._placer.place(model, batch)

    def _place_categories(self, candidates: list[Candidate]) -> None:
        for batch in in_turn(candidates):
            self._placer.place(Category, batch, together=True)

    def _candidates(self, model: type[Record]) -> Iterator[Candidate]:
        for file in self._files:
            if COLLECTIONS.get(file.collection) is model:
                yield from self._read(file)

    def _read(self, file: DumpFile) -> Iterator[Candidate]:
        """Candidates of a file. Malformed lines and repeated documents are counted, a second of an id is refused."""
        tally = self._report.tally(file.collection)
        model = COLLECTIONS.get(file.collection)
        seen = self._seen.setdefault(model.__resource__ if model else file.collection, {})
        for item in file.read():
            tally.read += 1
            self._advance(item.size)
            if isinstance(item, Malformed):
                self._report.add_malformed(file.collection, item)
                continue
            candidate, known = _recognise(file.collection, item, seen)
            if known:
                tally.present += 1
            else:
                yield candidate


def _recognise(collection: str, item: Document, seen: dict[str, int]) -> tuple[Candidate, bool]:
    """The candidate, and whether the very same document came before."""
    candidate = shape(collection, item.body)
    mark = hash(orjson.dumps([collection, item.body], option=orjson.OPT_SORT_KEYS))
    first = seen.get(candidate.id)
    if first is None:
        seen[candidate.id] = mark
        return candidate, False
    if first == mark:
        return candidate, True
    return candidate.refused("another document of the dump has the same _id"), False


def batches(candidates: Iterable[Any]) -> Iterator[list[Any]]:
    """Lists of at most BATCH."""
    iterator = iter(candidates)
    while batch := list(islice(iterator, BATCH)):
        yield batch
