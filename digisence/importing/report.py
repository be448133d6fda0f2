"""What an import did, so that every document of the dump is accounted for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .dump import Malformed

SHOWN = 1000  # malformed lines that are named one by one


@dataclass
class Tally:
    """The documents of one collection: read = placed + present + aside + malformed.

    `present`: there already, or removed on purpose since an earlier import (`removed` of them).
    `aside`: without a place, kept in legacy_documents. `beside`: placed, but something found no column and the
    document is kept too.
    `dangling`: references of placed documents that lead nowhere, by field.
    """

    read: int = 0
    placed: int = 0
    present: int = 0
    removed: int = 0
    aside: int = 0
    beside: int = 0
    malformed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    dangling: Counter[str] = field(default_factory=Counter)

    def give_reasons(self, reasons: Iterable[str]) -> None:
        """Count why something did not fit; what comes after a colon is one document's own."""
        self.reasons.update(reason.partition(":")[0] for reason in reasons)

    @property
    def reconciled(self) -> bool:
        """Whether nothing is unaccounted for."""
        return self.read == self.placed + self.present + self.aside + self.malformed


@dataclass
class Report:
    """The whole import. `filled`: references of earlier imports that lead somewhere now and were set, by column."""

    dry_run: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    malformed: list[Malformed] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def tally(self, collection: str) -> Tally:
        """The collection's figures."""
        return self.tallies.setdefault(collection, Tally())

    def add_malformed(self, collection: str, line: Malformed) -> None:
        """Count and name a malformed line."""
        self.tally(collection).malformed += 1
        if len(self.malformed) < SHOWN:
            self.malformed.append(line)

    def total(self, figure: str) -> int:
        """A figure over all collections."""
        return sum(getattr(tally, figure) for tally in self.tallies.values())

    @property
    def reconciled(self) -> bool:
        """Whether nothing of any collection is unaccounted for."""
        return all(tally.reconciled for tally in self.tallies.values())

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        figures = ("read", "placed", "present", "removed", "aside", "beside", "malformed")
        return {
            "dryRun": self.dry_run,
            "seconds": round(self.seconds, 3),
            "reconciled": self.reconciled,
            "collections": {
                name: {figure: getattr(tally, figure) for figure in figures}
                | {"reasons": dict(tally.reasons), "dangling": dict(tally.dangling)}
                for name, tally in self.tallies.items()
            },
            "total": {figure: self.total(figure) for figure in figures},
            "malformed": [{"file": line.file, "line": line.line, "message": line.message} for line in self.malformed],
            "filesLeftAlone": [{"file": name, "reason": reason} for name, reason in self.others],
            "referencesFilled": dict(self.filled),
        }
