"""One run from claim to close: find the rules, scan each, write down what was found, mend what may be mended."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from ..changes import Context, unit_of_work
from ..changes.drainer import nudge
from ..config import settings
from ..extensions import db
from ..models import Run, Schedule
from ..models.finding import HEALED, REPAIRED, SET_ASIDE
from ..models.run import ABANDONED, ERRORED
from . import (
    catalogue,
    detection,
    findings,
    grid,
    incremental,
    lease,
    outcome,
    runs,
    statistics,
)
from .books import Books, Watch
from .chronicle import write_down
from .isolation import RuleBroken
from .mending import Mending
from .outcome import Outcome
from .pulse import beating
from .reading import snapshot
from .registry import Registered

log = structlog.get_logger(__name__)

SWEEP = "sweep"


def sweep(occurrence: str, begun: Callable[[], object] = lambda: None) -> dict[str, Any] | None:
    """Check everything and mend what may be mended, once for this occurrence, whoever else is told it.

    `begun` is called when the occurrence is ours. Returns the run's JSON; None when the occurrence has its run
    already, or the service is stopped.
    """
    schedule = db.session.get(Schedule, SWEEP, populate_existing=True)
    if schedule is not None and not schedule.enabled:
        log.info("the sweep is stopped", occurrence=occurrence)
        return None
    run_id = runs.create(Context(runs.SWEEP_ACTOR), repair=True, occurrence=f"{SWEEP}-{occurrence}")
    if run_id is None:
        return None
    begun()
    return execute(run_id)


def execute(run_id: str, watch: Watch | None = None) -> dict[str, Any] | None:
    """Execute a queued run here and now; returns its JSON, None when another process has it.

    `watch` is told each progress. Whatever a rule does breaks that check only. What breaks the run itself is written
    into it and raised.
    """
    run, fence = runs.begin(run_id)
    if run is None:
        return None
    context = Context(run.actor)
    try:
        if fence is None:
            fence = lease.take(run_id, context)
            runs.bury(run_id, fence, context)
        with beating(run_id, fence, context) as pulse:
            Execution(run_id, run, fence, context, watch or (lambda _progress: None), pulse.step).carry_out()
    except lease.LeaseLost as error:
        runs.finish(run_id, context, ABANDONED, fence=fence, error=str(error))
    except lease.LeaseBusy as error:
        runs.finish(run_id, context, ERRORED, error=f"{error}; try again when it is done")
    except BaseException as error:
        runs.finish(run_id, context, ERRORED, fence=fence, error=f"{type(error).__name__}: {error}"[:2000])
        raise
    return runs.to_json(runs.read(run_id))


class Execution:
    """A run that has its turn."""

    def __init__(
        self, run_id: str, run: Run, fence: int, context: Context, watch: Watch, step: Callable[[], object]
    ) -> None:
        self.run_id, self.fence, self.context, self._step = run_id, fence, context, step
        self.books = Books(run_id, fence, context, watch)
        self.repair, self.dry_run = run.repair, run.dry_run
        scope = run.checks or {}
        self.only: list[str] | None = scope.get("checks")
        self.findings: list[str] | None = scope.get("findings")
        self.due_at = grid.due_at(run.occurrence, run.started_at) if run.scheduled else None
        self.scheduled = run.scheduled
        self.partly: incremental.Partly | None = None
        self.outcomes: list[Outcome] = []
        self.found = self.books.found
        self.done = 0
        self.held: str | None = None

    def carry_out(self) -> None:
        """Scan, mend, close."""
        rules = catalogue.register(self.context, lambda: self._progress("loading", None)).rules
        checks = catalogue.chosen(catalogue.listed(), self.only, self.due_at)
        db.session.expunge_all()
        self.outcomes = sorted((Outcome(check, rules.get(check.id)) for check in checks), key=_order)
        if self.scheduled:  # whoever asks for a run himself is told about everything
            self.partly = incremental.partly(checks, repair=self.repair)
        for one in self.outcomes:
            self._progress("checking", one.check.id, at_once=one.third_party)
            self._scan(one)
            self.done += 1
        self.books.write()
        if self.repair and any(one.may_mend for one in self.outcomes):
            mending = Mending(self, rules, self._progress)
            mending.carry_out()
            self.held = mending.held
        self._close()

    def _progress(self, phase: str, check_id: str | None, *, at_once: bool = False, **more: int) -> None:
        done = {"checksDone": self.done, "checksTotal": len(self.outcomes)}
        self._step()
        self.books.tell({"phase": phase, "check": check_id, **done, **more}, at_once=at_once)

    def _scan(self, one: Outcome) -> None:
        started = time.monotonic()
        try:
            self.books.note(one, detection.detect(one.check, one.registered, self.partly))
        except RuleBroken as error:
            one.broken = str(error)
            self.books.note(one, None)
        finally:
            one.seconds = time.monotonic() - started

    def settings_of(self, check_id: str) -> Any:
        """What a superadmin chose for a check's rule."""
        return next((check.settings for check in catalogue.listed() if check.id == check_id), None)

    def _look_again(self, one: Outcome, found: detection.Detection) -> None:
        """Close the findings that another check's repair has healed: a relinked business heals its admin too.

        Grace does not count here: what was taken back is fresh, and as broken as it was.
        """
        ids = findings.open_records(one.check.id)
        with snapshot(settings().rule_timeout) as connection:
            broken = detection.still(connection, found.predicate, found.at + timedelta(days=1), ids)
        healed = [key for key in ids if key not in broken]
        with unit_of_work(self.context, patience=None) as session:
            lease.fenced(session, self.run_id, self.fence)
            findings.settle(session, one.check.id, healed, HEALED)
        one.counts["healed"] += len(healed)

    def _close(self) -> None:
        touched = any(one.counts[REPAIRED] or one.counts[SET_ASIDE] for one in self.outcomes)
        for one in self.outcomes if touched else ():
            if found := self.found.get(one.check.id):
                self._look_again(one, found)
        if touched:
            nudge(patience=0)  # a relay that seemed to live may be gone
        with snapshot(3 * settings().rule_timeout) as connection:
            stand = findings.counts(connection, [one.check.id for one in self.outcomes])
            figures = statistics.seen(connection)
        for one in self.outcomes:
            one.look()
            if one.look_at == outcome.CHANGES:  # what it did not look at stands too
                one.counts["found"] = stand[one.check.id]
        result = {**outcome.summary(self.outcomes, self.held), "statistics": figures}
        progress = {**(self.books.progress or {}), "checksDone": self.done, "checksTotal": len(self.outcomes)}
        with unit_of_work(self.context, patience=None) as session:
            now = lease.keep(session, self.run_id, self.fence)
            write_down(session, self.run_id, now, result["counts"], figures)
            values = {"state": outcome.state(self.outcomes), "result": result, "progress": progress}
            runs.close(session, self.run_id, values, fence=self.fence)
        runs.tell(self.run_id)


def _order(one: Outcome) -> tuple[int, str]:
    return one.registered.order if one.registered else (3, one.check.id)


__all__ = ["Registered", "execute", "sweep"]
