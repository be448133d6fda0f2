"""A process that carries out a bulk action in batches of a few records and stops where it is told.

`python -m tests.faults.bulkier URL INSTANCE BULK WHERE`: `inside` stops within the third batch's transaction, `between`
before it. It says `there`, and waits for a line.
"""

import sys
from typing import Any

from digisence import create_app
from digisence.extensions import db
from digisence.records import carrying, ledger
from tests.conftest import SECRET
from tests.faults.mender import halt

SMALL, THIRD = 5, 3


def main(url: str, instance: str, bulk_id: str, where: str) -> None:
    """Carry it out."""
    seen = 0
    batch, settle = carrying.Carrying._batch, ledger.settle

    def counted(self: Any, *arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if (seen, where) == (THIRD, "between"):
            halt()
        batch(self, *arguments)

    def settled(*arguments: Any) -> None:
        settle(*arguments)
        if (seen, where) == (THIRD, "inside"):
            halt()

    carrying.Carrying._batch, ledger.settle = counted, settled  # type: ignore[method-assign]
    carrying.paced = lambda numbers, gentle: (numbers[at : at + SMALL] for at in range(0, len(numbers), SMALL))  # type: ignore[assignment]
    app = create_app(instance=instance, database_url=url, redis_url="redis://localhost:1", secret_key=SECRET)
    with app.app_context():
        done = carrying.carry_out(bulk_id)
        print(done and done.state, flush=True)  # noqa: T201 the parent reads it
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
