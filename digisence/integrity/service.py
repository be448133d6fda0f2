"""The old platform's `dataSyncService` and `backgroundSyncService`: thin over the runner that the jobs use.

Both need an app context. Who acts is `system:service`, unless a Context is given.
"""

from typing import Any

from ..changes import Context
from . import drill, runner, runs, schedule, statistics

SERVICE = Context("system:service")


class DataSyncService:
    """Check the directory, mend it, tell how it is."""

    def check_data_integrity(self, context: Context = SERVICE) -> list[dict[str, Any]]:
        """The checks that found something: `[{"type","description","affectedRecords","affectedCount","severity"}]`.

        A full run, here and now, that mends nothing. It counts as a sighting, like any.
        """
        checks: list[dict[str, Any]] = _run(context, repair=False)["integrityChecks"]
        return checks

    def fix_data_integrity(self, context: Context = SERVICE) -> dict[str, Any]:
        """Check and mend what may be mended: `{"success","fixedRecords","errors","integrityChecks"}`, the last as they
        stand after the repair. Mode, sightings, grace and breaker hold here as anywhere.
        """
        done = _run(context, repair=True)
        return {name: done[name] for name in ("success", "fixedRecords", "errors", "integrityChecks")}

    def get_data_statistics(self) -> dict[str, Any]:
        """The dashboard's figures, see `statistics`; with `drill`, how the last one went."""
        return {**statistics.full(), "drill": drill.last()}


class BackgroundSyncService:
    """The periodic sweep: a row that the scheduler obeys."""

    def start(self, context: Context = SERVICE) -> dict[str, Any]:
        """Switch it on, for good; returns the status."""
        return schedule.start(context)

    def stop(self, context: Context = SERVICE) -> dict[str, Any]:
        """Switch it off, for good; returns the status."""
        return schedule.stop(context)

    def get_status(self) -> dict[str, Any]:
        """`{"isRunning","intervalSeconds","lastSync","nextSync","lastResult","lastError","workerAlive",…}`."""
        return schedule.status()


def _run(context: Context, *, repair: bool) -> dict[str, Any]:
    run_id = runs.create(context, repair=repair)
    assert run_id is not None  # noqa: S101 a run that is its own occurrence is always the first
    done = runner.execute(run_id)
    assert done is not None  # noqa: S101 nobody else knows its id
    return done


data_sync_service = DataSyncService()
background_sync_service = BackgroundSyncService()
