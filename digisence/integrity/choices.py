"""What superadmins decide about checks and findings."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ..changes import Context, events, unit_of_work
from ..changes.context import Unit
from ..errors import Conflict, Invalid, NotFound
from ..models import Check, Finding
from ..models.finding import BLOCKED, IGNORED, OPEN
from . import catalogue
from .rule import REPORT

COLUMNS = {"mode": "mode", "grace": "grace_seconds", "interval": "interval_seconds", "settings": "settings"}

Results = dict[str, list[Any]]


def change(check_id: str, values: dict[str, Any], context: Context) -> Check:
    """Set `mode`, `grace`, `interval` (seconds) or `settings` of a check.

    NotFound; Conflict `not-loaded` for more than `mode: off` on a rule that is not loaded; Invalid names each setting
    that the rule's own schema refuses. `settings: null` is the rule's defaults. `mode: act` promotes the rule in the
    version that is there now; another version only observes, until somebody promotes that.
    """
    with unit_of_work(context) as session:
        check = session.get(Check, check_id, with_for_update=True, populate_existing=True)
        if check is None:
            raise NotFound("checks", check_id)
        if not catalogue.loaded(check) and values != {"mode": "off"}:
            raise Conflict("not-loaded", f"{check_id} is not loaded ({check.health_detail}); it may only be set off.")
        if values.get("settings") is not None:
            _validate(check, values["settings"])
        told = {"before": {name: getattr(check, COLUMNS[name]) for name in values}, "after": values}
        events.record(session, "setting-changed", resource="checks", record_id=check_id, detail=told)
        for name, value in values.items():
            setattr(check, COLUMNS[name], value)
        if values.get("mode") == catalogue.ACT:
            check.promoted_version = check.distribution_version
    return catalogue.read(check_id)


def _validate(check: Check, given: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    if not check.settings_schema:
        raise Invalid({"settings": f"{check.id} has no settings"})
    try:
        faults = {
            ".".join(("settings", *map(str, fault.absolute_path))): fault.message
            for fault in Draft202012Validator(check.settings_schema).iter_errors(given)
        }
    except (re.error, SchemaError, UnknownType, Unresolvable) as error:
        told = f"the rule's own schema cannot judge them ({error}); its author has to mend it"
        raise Invalid({"settings": told}) from error
    if faults:
        raise Invalid(faults)


def ignore(ids: Sequence[str], context: Context) -> Results:
    """Leave these findings be until they heal. Per finding: done, or failed with `not-found`, `not-open`."""
    with unit_of_work(context) as session:
        results, standing = _standing(session, ids)
        for finding in standing:
            finding.state = IGNORED
        if standing:
            events.record(session, "findings-ignored", resource="findings", detail={"ids": results["done"]})
    return results


def repairable(ids: Sequence[str], context: Context) -> tuple[Results, list[str]]:
    """Which of these findings a run may repair, and the checks they belong to; a blocked one gets another chance.

    Per finding: done, or failed with `not-found`, `not-open`, `not-acting`.
    """
    with unit_of_work(context) as session:
        results, standing = _standing(session, ids)
        mending = select(Check.id).where(Check.mode == catalogue.ACT, Check.remedy != REPORT)
        acting = set(session.scalars(mending))
        for finding in standing:
            if finding.check_id not in acting:
                detail = f"{finding.check_id} only observes or reports; set it to act first"
                results["failed"].append({"id": finding.id, "code": "not-acting", "detail": detail})
                results["done"].remove(finding.id)
            elif finding.state == BLOCKED:
                finding.state, finding.detail = OPEN, None
        checks = sorted({finding.check_id for finding in standing} & acting)
    return results, checks


def _standing(session: Unit, ids: Sequence[str]) -> tuple[Results, list[Finding]]:
    wanted = list(dict.fromkeys(ids))
    query = select(Finding).where(Finding.id.in_(wanted)).with_for_update()
    found = {finding.id: finding for finding in session.scalars(query.execution_options(populate_existing=True))}
    results: Results = {"done": [], "failed": []}
    for key in wanted:
        if key not in found:
            results["failed"].append({"id": key, "code": "not-found", "detail": "There is no such finding."})
        elif found[key].state not in (OPEN, BLOCKED):
            results["failed"].append({"id": key, "code": "not-open", "detail": f"It is {found[key].state}."})
        else:
            results["done"].append(key)
    return results, [found[key] for key in results["done"]]
