"""The integrity jobs: ten lines each, the work is the runner's."""

from typing import Any

from rq import get_current_job


def sweep(occurrence: str | None = None) -> Any:
    """Check everything and repair what is allowed. The runner does an occurrence once, however often it is told; one
    that begins stands for all that wait.
    """
    from ..extensions.queue import queue
    from ..integrity import runner

    job = get_current_job()
    return runner.sweep(occurrence or f"asked-{job.id if job else 'directly'}", lambda: queue.merge("sweep"))


def run(run_id: str) -> Any:
    """Execute the queued Run `run_id`."""
    from ..integrity import runner

    return runner.execute(run_id)


def drill(occurrence: str | None = None) -> Any:
    """Hold a drill, once for an occurrence, on a scratch database."""
    from ..integrity import drill

    return drill.hold(occurrence=occurrence)
