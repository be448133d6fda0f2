"""What a benchmark says: Markdown tables on the screen and in `results/`, the same as JSON, and common options."""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson
import psutil

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("digisence", "flask-sse", "gunicorn", "gevent", "sse-starlette", "uvicorn", "uvloop", "redis")

Cell = str | int | float | None


@dataclass
class Table:
    """Rows under columns, with notes below."""

    title: str
    columns: Sequence[str]
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """As Markdown."""
        lines = [f"## {self.title}", "", _row(self.columns), _row(["---"] * len(self.columns))]
        lines += [_row([_text(cell) for cell in row]) for row in self.rows]
        lines += ["", *(f"- {note}" for note in self.notes), ""] if self.notes else [""]
        return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.2f}" if abs(cell) < 10 else f"{cell:,.1f}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def machine() -> dict[str, Any]:
    """Where and beside what it was measured."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "system": platform.platform(),
        "cores": os.cpu_count(), "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(), "load": [round(part, 2) for part in os.getloadavg()], "versions": versions,
    }  # fmt: skip


def publish(name: str, about: str, tables: Sequence[Table], data: Any, options: argparse.Namespace) -> None:
    """Print the tables, and write `results/NAME.md` and `.json`."""
    where = machine()
    versions = ", ".join(f"{package} {version}" for package, version in where["versions"].items())
    head = (
        f"# {name}\n\n{about.strip().splitlines()[0]}\n\n{where['at']}, {where['cores']} cores, {where['system']}, "
        f"Python {where['python']}, load {where['load'][0]} at the end. {versions}.\n"
    )
    text = "\n".join([head, *(table.markdown() for table in tables)])
    print(text, flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    kept = {"machine": where, "options": vars(options), "tables": [asdict(table) for table in tables], "data": data}
    (RESULTS / f"{name}.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


def options(about: str | None) -> argparse.ArgumentParser:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=0, help="streams (default: what the goals name)")
    parser.add_argument("--repeats", type=int, default=3, help="interleaved repeats; medians are reported")
    parser.add_argument("--seconds", type=float, default=5, help="length of a phase")
    return parser


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
