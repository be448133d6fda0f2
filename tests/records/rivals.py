"""Processes that do something at the very same moment, each with an application and connections of its own."""

import multiprocessing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from digisence import create_app
from digisence.errors import Problem
from tests.conftest import SECRET

Act = Callable[..., Any]


def together(database: str, redis_url: str, folder: Path, act: Act, arguments: Sequence[tuple[Any, ...]]) -> list[str]:
    """Call `act` with each of `arguments`, all at once; returns what each came to: `done`, or the code of its refusal."""
    method = multiprocessing.get_context("forkserver")
    method.set_forkserver_preload(["digisence.blueprints", "tests.conftest"])  # two seconds of imports, once
    gate, outcomes = method.Barrier(len(arguments)), method.Queue()
    processes = [
        method.Process(
            target=_run, args=(database, redis_url, str(folder / f"rival-{number}"), act, one, gate, outcomes, number)
        )
        for number, one in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    found = dict(outcomes.get(timeout=90) for _process in processes)
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    return [found[number] for number in range(len(arguments))]


def _run(
    database: str, redis_url: str, folder: str, act: Act, arguments: Any, gate: Any, outcomes: Any, number: int
) -> None:
    app = create_app(instance=folder, database_url=database, redis_url=redis_url, secret_key=SECRET)
    with app.app_context():
        gate.wait(60)
        try:
            act(*arguments)
            outcomes.put((number, "done"))
        except Problem as problem:
            outcomes.put((number, problem.code))
