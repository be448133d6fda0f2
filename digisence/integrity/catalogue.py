"""The `checks` table: each rule as found last and what was decided about it, for those who never load a rule."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..clock import utcnow
from ..config import settings
from ..errors import NotFound
from ..extensions import db
from ..models import Check
from .grid import has_turn
from .registry import Registered, Survey, survey

log = structlog.get_logger(__name__)

ACT, OBSERVE = "act", "observe"
BROKEN, OK = "broken", "ok"
GONE = "no installed distribution offers this rule any more; set it off, or install it again"
LEFT_OUT = "DIGISENCE_RULE_DISTRIBUTIONS leaves its distribution out; set it off, or name it there"
UNLOADED = "its distribution did not load, see {}"


def register(context: Context, between: Callable[[], object] = lambda: None) -> Survey:
    """Look for rules and write what was found into `checks`. Decisions of superadmins stay, but an upgraded rule has
    to be promoted again. `between` is called before each entry point that is loaded.
    """
    chosen = settings()
    found = survey(chosen.rule_timeout, chosen.welcome, between)
    session: Unit = db.session()
    _enter(session, found)
    if session.new or session.deleted or any(map(session.is_modified, session.dirty)):
        with unit_of_work(context, patience=None) as session:
            _enter(session, found)
    session.rollback()
    return found


def _enter(session: Unit, found: Survey) -> None:
    known = {check.id: check for check in session.scalars(select(Check).execution_options(populate_existing=True))}
    for registered in found.rules.values():
        _put(session, known.get(registered.id), registered)
    for identity, (source, detail) in found.broken.items():
        check = known.get(identity) or _unloaded(identity, f"Rules of {source.distribution} that did not load")
        check.distribution, check.distribution_version = source.distribution, source.version
        _miss(check, detail)
        session.add(check)
    for identity in known.keys() - found.rules.keys() - found.broken.keys():
        _lose(session, known[identity], found)


def _put(session: Unit, check: Check | None, registered: Registered) -> None:
    about, source = registered.about, registered.source
    if check is None:
        check = Check(id=registered.id, mode=registered.mode, registered_at=utcnow(), health=OK)
        check.promoted_version = source.version if check.mode == ACT else None
        session.add(check)
    elif check.mode == ACT and registered.mode != ACT and _is_another(check, registered):
        log.warning(
            "a rule that acts is not the one that was promoted; it observes until it is promoted again",
            check=check.id, promoted=check.promoted_version, version=source.version,
        )  # fmt: skip
        check.mode = OBSERVE
    for name in ("resource", "title", "severity", "remedy"):
        setattr(check, name, getattr(about, name))
    check.distribution, check.distribution_version = source.distribution, source.version
    check.rule_grace_seconds, check.settings_schema, check.settings_defaults = (
        about.grace, about.settings, about.defaults,
    )  # fmt: skip
    if check.missing_since is not None:
        check.health, check.health_detail, check.missing_since = OK, None, None


def _is_another(check: Check, registered: Registered) -> bool:
    return (check.promoted_version, check.remedy) != (registered.source.version, registered.about.remedy)


def _unloaded(identity: str, title: str) -> Check:
    return Check(
        id=identity, resource="", title=title, severity="high", remedy="report", mode=OBSERVE, registered_at=utcnow()
    )  # fmt: skip


def _lose(session: Unit, check: Check, found: Survey) -> None:
    if not check.resource:  # it stood for an entry point that loads by now, or is gone
        session.delete(check)
        return
    unloaded = (key for key, (source, _) in found.broken.items() if source.distribution == check.distribution)
    if check.distribution in found.left_out:
        _miss(check, LEFT_OUT)
    elif entry := next(unloaded, None):
        _miss(check, UNLOADED.format(entry))
    else:
        _miss(check, GONE)


def _miss(check: Check, detail: str) -> None:
    check.health, check.health_detail = BROKEN, detail
    check.missing_since = check.missing_since or utcnow()


def note_health(session: Unit, now: datetime, looked: Iterable[tuple[str, str | None, bool]]) -> None:
    """Within a unit of work: each check that has looked, what is wrong with it, and whether its look was complete."""
    alike: dict[tuple[str | None, bool], list[str]] = {}
    for check_id, trouble, complete in looked:
        alike.setdefault((trouble, complete), []).append(check_id)
    for (trouble, complete), check_ids in alike.items():
        values: dict[str, Any] = {"last_run_at": now, "health": BROKEN if trouble else OK, "health_detail": trouble}
        if complete and not trouble:
            values["last_success_at"] = now
        session.execute(
            update(Check).where(Check.id.in_(check_ids)).values(values).execution_options(synchronize_session=False)
        )


def grace(check: Check) -> timedelta:
    """How long a record is left alone: what a superadmin chose, else the rule, else the product."""
    seconds = check.grace_seconds if check.grace_seconds is not None else check.rule_grace_seconds
    return settings().grace if seconds is None else timedelta(seconds=seconds)


def listed() -> list[Check]:
    """Every check, by id."""
    return list(db.session.scalars(select(Check).order_by(Check.id).execution_options(populate_existing=True)))


def read(check_id: str) -> Check:
    """One check. NotFound."""
    check = db.session.get(Check, check_id, populate_existing=True)
    if check is None:
        raise NotFound("checks", check_id)
    return check


def loaded(check: Check) -> bool:
    """False when the check's rule could not be had at the last look."""
    return check.missing_since is None


def chosen_settings(check: Check) -> dict[str, Any] | None:
    """A rule's settings: what a superadmin chose, the rule's defaults for the rest. None where it has none."""
    if check.settings_schema is None:
        return None
    return {**(check.settings_defaults or {}), **(check.settings or {})}


def to_json(check: Check) -> dict[str, Any]:
    """The check in its public form."""
    return {
        "id": check.id,
        "title": check.title,
        "resource": check.resource or None,
        "severity": check.severity,
        "remedy": check.remedy,
        "origin": {"distribution": check.distribution, "version": check.distribution_version},
        "mode": check.mode,
        "grace": duration_text(grace(check)),
        "interval": check.interval_seconds and duration_text(timedelta(seconds=check.interval_seconds)),
        "promotedVersion": check.promoted_version if check.mode == ACT else None,
        "settings": chosen_settings(check),
        "settingsSchema": check.settings_schema,
        "lastRun": check.last_run_at,
        "lastSuccess": check.last_success_at,
        "health": check.health,
        "healthDetail": check.health_detail,
    }


def duration_text(period: timedelta) -> str:
    """`72h`, `7d`, `90s`: the largest unit that fits exactly, days only from two on."""
    seconds = int(period.total_seconds())
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 1), ("m", 60, 1)):
        if seconds and seconds % size == 0 and seconds // size >= least:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def chosen(checks: Iterable[Check], wanted: list[str] | None, due_at: datetime | None = None) -> list[Check]:
    """Those of `checks` that a run is about: the `wanted` ones, else all that are not off.

    By schedule, at `due_at`, a check with an interval of its own waits for its next turn on the grid of that interval.
    """
    return [
        check
        for check in checks
        if check.mode != "off" and (wanted is None or check.id in wanted) and _has_turn(check, due_at)
    ]


def _has_turn(check: Check, due_at: datetime | None) -> bool:
    return due_at is None or has_turn(check.last_run_at, due_at, check.interval_seconds)
