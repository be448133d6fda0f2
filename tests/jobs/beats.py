"""Jobs for tests, in processes of their own: `declare` adds them to the rows as a distribution of ours would."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digisence.extensions.queue import Arguments, Job, queue
from digisence.jobs import JOBS


class Beat(Arguments):
    occurrence: str | None = None


class Note(Arguments):
    path: str
    seconds: float = 0.0


def beat(occurrence: str | None = None) -> str | None:
    return occurrence


def note(path: str, seconds: float = 0.0) -> str:
    """Write who works into a file, work, write that it is done."""
    Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)
    Path(path).with_suffix(".done").touch()
    return "noted"


def report() -> dict[str, object]:
    """What a plain JSON encoder cannot hold."""
    return {"at": datetime(2026, 11, 23, 10, tzinfo=UTC), "for": timedelta(seconds=90), "ids": ("a", "b")}


def declare(beats: int, interval: int) -> dict[str, int]:
    """Put `beats` periodic jobs and the job `note` among the rows; returns the plan of the periodic ones."""
    rows = [
        Job(f"beat-{n}", "tests.jobs.beats.beat", "A beat", 30, lambda _settings: interval, Beat) for n in range(beats)
    ]
    rows.append(Job("note", "tests.jobs.beats.note", "A note", 120, None, Note))
    rows.append(Job("hasty", "tests.jobs.beats.note", "A note that may take a second", 1, None, Note))
    rows.append(Job("report", "tests.jobs.beats.report", "A report", 30))
    JOBS.update({row.name: row for row in rows})
    queue.declare(JOBS)
    return {row.name: interval for row in rows if row.every}
