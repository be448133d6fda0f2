"""A process that repairs, in batches of a few records, and stops where it is told: `mender.py URL INSTANCE WHERE`.

`inside` stops within the third batch's transaction, `between` before it. It says `there`, and waits for a line.
"""

import sys
from collections.abc import Callable
from typing import Any

from digisence import create_app
from digisence.changes import Context
from digisence.extensions import db
from digisence.integrity import pulse, repairs, runner, runs
from tests.conftest import SECRET

SMALL, THIRD = 5, 3


def halt() -> None:
    """Say so, and wait."""
    print("there", flush=True)  # noqa: T201 the parent reads it
    sys.stdin.readline()


def main(url: str, instance: str, where: str) -> None:
    """Run a repair."""
    seen = 0
    batch, settle = repairs._batch, repairs._settle

    def counted(work: Any, ids: Any) -> None:
        nonlocal seen
        seen += 1
        if (seen, where) == (THIRD, "between"):
            halt()
        batch(work, ids)

    def settled(*arguments: Any) -> Any:
        done = settle(*arguments)
        if (seen, where) == (THIRD, "inside"):
            halt()
        return done

    pulse.EVERY_SECONDS = 3600  # who halts sleeps altogether
    small: Callable[..., Any] = lambda ids: (ids[at : at + SMALL] for at in range(0, len(ids), SMALL))  # noqa: E731
    repairs._batch, repairs._settle, repairs.paced = counted, settled, small  # type: ignore[assignment]
    app = create_app(
        instance=instance, database_url=url, redis_url="redis://localhost:1", secret_key=SECRET, breaker_count=1000,
        breaker_percent=100,
    )  # fmt: skip
    with app.app_context():
        context = Context("system:sweep")
        done = runner.execute(str(runs.create(context, repair=True, checks=["orphaned_user"])))
        print(done and done["state"], flush=True)  # noqa: T201
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
