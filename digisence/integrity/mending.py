"""The part of a run that mends: check after check, within the breaker, looked over afterwards; or only rehearsed."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import select

from ..changes import relay
from ..changes.drainer import nudge
from ..config import settings
from ..extensions import db
from ..models import Finding
from ..models.finding import OPEN
from ..records.bulk import among
from . import aftermath, breaker, detection, findings, gate, lease, protection, repairs
from .isolation import RuleBroken
from .outcome import Outcome
from .plan import BLOCKS, LEFT, STOPPED, UNDONE, WAITS, Plan
from .predicate import Predicate
from .reading import snapshot
from .registry import Registered
from .rule import REPORT
from .stage import Stage, stage

ACT = "act"
TOLD_EVERY = 0.5  # seconds between two reports of progress

Progress = Callable[..., None]


class Mending:
    """Mends what the checks of one run found. `run` is its Execution."""

    def __init__(self, run: Any, rules: Mapping[str, Registered], progress: Progress) -> None:
        self.run, self.rules, self.progress = run, rules, progress
        self.held: str | None = None
        self._told = 0.0

    def carry_out(self) -> None:
        """Mend, or rehearse it where the run is dry; nothing at all where `gate` says so."""
        with snapshot(settings().rule_timeout) as connection:
            self.held = gate.closed(connection)
        if self.held:
            return
        with stage(self.run.context, rehearse=self.run.dry_run) as where:
            for one in self.run.outcomes:
                self._mend(where, one)
        if self.run.dry_run:
            self._write_plans()

    @cached_property
    def _alarm(self) -> str | None:
        with snapshot(settings().rule_timeout) as connection:
            return gate.alarm(connection)

    def _write_plans(self) -> None:
        with stage(self.run.context, rehearse=False) as where, where.unit() as session:
            lease.keep(session, self.run.run_id, self.run.fence)
            for one in self.run.outcomes:
                if one.plan:
                    one.plan.write(session, self.run.run_id)

    def _mend(self, where: Stage, one: Outcome) -> None:
        found = self.run.found.get(one.check.id)
        if found is None or one.broken or one.registered is None or one.check.mode != ACT or one.check.remedy == REPORT:
            return
        if found.looked is not None:
            return  # a breaker judges whole sets, and this may be a part of one
        one.plan = Plan(one.check) if where.rehearsed else None
        ids = self._wanted(where, one, found)
        one.counts["planned"] = len(ids) if where.rehearsed else 0
        part = self.run.findings is not None
        if part and not ids:
            return
        alarm = self._alarm if len(ids) > breaker.FEW else None  # it counts whole tables
        with where.unit() as session:
            lease.fenced(session, self.run.run_id, self.run.fence)
            one.tripped = not breaker.lets_through(
                session, one.check.id, ids, found.total, self.run.run_id, alarm, part=part
            )
        if one.tripped:
            self._stop(one, ids, found.total)
            return
        self._act(where, one, found, ids)

    def _stop(self, one: Outcome, ids: Sequence[str], total: int) -> None:
        said = f"the breaker stopped it from touching {len(ids)} of {total} {one.check.resource}"
        if one.plan:
            one.plan.put(ids, STOPPED, {"reason": said.replace("stopped", "would stop")})
            return
        cure = "look at them, then acknowledge this very set"
        if self.run.findings is not None:
            cure = "look at all that it holds, then acknowledge that set"
        one.errors.append(f"{one.check.id}: {said}; {cure}")

    def _wanted(self, where: Stage, one: Outcome, found: detection.Detection) -> list[str]:
        """What may be touched: seen often enough, still broken after the repairs so far, and not on the never-list."""
        seen = self._asked(findings.eligible(one.check.id, self.run.run_id, settings().sightings), one.check.id)
        with where.reader() as reader:
            broken = list(detection.still(reader, found.predicate, found.before, seen))
            kept = protection.reasons(reader, found.predicate.model, broken, self.run.context.actor, found.at)
        if kept:
            with where.unit() as session:
                findings.note(session, one.check.id, kept)
        one.counts["leftAlone"] = len(kept)
        if one.plan:
            self._tell_rest(one.plan, kept)
        return sorted(key for key in broken if key not in kept)

    def _tell_rest(self, plan: Plan, kept: Mapping[str, str]) -> None:
        for key, reason in kept.items():
            plan.put([key], LEFT, {"reason": reason})
        needed = settings().sightings
        query = select(Finding.record_id, Finding.sightings).where(
            Finding.check_id == plan.check.id, Finding.state == OPEN, Finding.sightings < needed
        )
        for key, sightings in db.session.execute(query):
            plan.put([key], WAITS, {"sightings": sightings, "needed": needed})

    def _asked(self, record_ids: list[str], check_id: str) -> list[str]:
        if self.run.findings is None:
            return record_ids
        named = select(Finding.record_id).where(Finding.check_id == check_id, among(Finding.id, self.run.findings))
        asked = set(db.session.scalars(named))
        return [key for key in record_ids if key in asked]

    def _act(self, where: Stage, one: Outcome, found: detection.Detection, ids: Sequence[str]) -> None:
        assert one.registered is not None  # noqa: S101
        if not ids:
            return
        watched = aftermath.watch(where, self._predicates(found), found.predicate.model, ids, found.at)
        work = repairs.Work(
            one.check, one.registered, found, self.run.run_id, self.run.fence, self.run.context, where, one.plan
        )
        settled = 0
        for count in repairs.act(work, ids):
            settled += count
            self._tell(where, one, settled, len(ids))
        self._look_over(where, one, work, watched)
        if one.plan is None:
            one.counts.update(work.tally)
            one.errors.extend(work.errors)
            return
        for record_id, why in work.blocked.items():
            one.plan.put([record_id], BLOCKS, {"reason": why})

    def _tell(self, where: Stage, one: Outcome, done: int, total: int) -> None:
        if not where.rehearsed and (time.monotonic() - self._told > TOLD_EVERY or done == total):
            self.progress("repairing", one.check.id, recordsDone=done, recordsTotal=total)
            if not relay.lives():
                nudge(patience=0)
            self._told = time.monotonic()

    def _look_over(self, where: Stage, one: Outcome, work: repairs.Work, watched: aftermath.Watched) -> None:
        worse = {key: what for key, what in aftermath.made_worse(where, watched).items() if key in work.mended}
        if not worse:
            return
        stuck = aftermath.take_back(where, work, worse)
        one.counts["undone"] = 0 if where.rehearsed else len(worse) - len(stuck)
        one.tripped = not where.rehearsed
        for record_id, what in sorted(worse.items()):
            outcome = f"could not be taken back: {stuck[record_id]}" if record_id in stuck else "was taken back"
            work.errors.append(f"{one.check.resource}/{record_id}: its repair made {what[0]} fail and {outcome}")
            if one.plan:
                one.plan.put([record_id], UNDONE, {"because": what})

    def _predicates(self, found: detection.Detection) -> Mapping[str, Predicate]:
        """Every rule there is, as it was in this run or as it is now; one that is broken has said so elsewhere."""
        known = {check_id: seen.predicate for check_id, seen in self.run.found.items()}
        dialect = db.engine.dialect.name
        for check_id, registered in self.rules.items():
            if check_id in known:
                continue
            try:
                known[check_id] = registered.predicate(
                    found.at, dialect, self.run.settings_of(check_id), settings().rule_timeout
                )
            except RuleBroken:
                continue
        return known
