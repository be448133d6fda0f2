"""Storm: 1,000 browsers lose their streams at once and come back, while messages go on.

    python -m benchmarks.storm [--clients 1000] [--repeats 3] [--storms killed,stopped,cut]

Each comes back as a browser does: after the `retry` it was told, with its Last-Event-ID. `killed`: SIGKILL to the web
process; `stopped`: SIGTERM to it, so that it says `bye`; gunicorn starts another each time. `cut`: all connections
break. A browser has caught up when it has the first message published after it came back, and so all before it.
"""

import os
import signal
import time
from collections import Counter

from . import processes, report
from .browsers import Browsers, Story
from .messages import Publisher
from .ours import Ours
from .servers import running

MESSAGES_A_SECOND = 20
PATIENCE = 60.0
BUCKET = 0.1
STORMS = ("killed", "stopped", "cut")
FIGURES = (
    ("caught_up_s", "all caught up after s"), ("half_s", "half after s"), ("first_s", "first back after s"),
    ("last_s", "last back after s"), ("most", "most connects in 100 ms"), ("connects", "connects"),
    ("refused", "refused"), ("told_lost", "told `lost`"), ("lost", "messages lost"), ("twice", "messages twice"),
)  # fmt: skip
SUMMED = ("refused", "told_lost", "lost", "twice")


def storm(kind: str, server: Ours, browsers: Browsers, clients: int) -> dict[str, float | dict[str, int]]:
    """Let one happen; what came of it."""
    browsers.mark()
    publisher = Publisher(server, MESSAGES_A_SECOND)
    publisher.start()
    time.sleep(1)
    began = time.monotonic()
    if kind == "cut":
        browsers.cut()
    else:
        os.kill(server.pids[1], signal.SIGKILL if kind == "killed" else signal.SIGTERM)
    while browsers.caught_up() < clients and time.monotonic() < began + PATIENCE:
        time.sleep(0.1)
    last = publisher.stop()
    _await_all(browsers, last, clients)
    return _tell(browsers.stories(), began, last)


def _await_all(browsers: Browsers, number: int, clients: int) -> None:
    until = time.monotonic() + PATIENCE
    while browsers.following(number) < clients and time.monotonic() < until:
        time.sleep(0.1)


def _tell(stories: list[Story], began: float, last: int) -> dict[str, float | dict[str, int]]:
    caught = sorted((story.caught_up or began + PATIENCE) - began for story in stories)
    back = sorted(at - began for story in stories for at in story.came_back)
    spread = Counter(int(at / BUCKET) for at in back)
    return {
        "caught_up_s": caught[-1], "half_s": caught[len(caught) // 2], "first_s": back[0], "last_s": back[-1],
        "most": max(spread.values()), "connects": len(back),
        "refused": sum(story.refused for story in stories), "told_lost": sum(story.lost for story in stories),
        "lost": sum(last - len(set(story.numbers)) for story in stories),
        "twice": sum(len(story.numbers) - len(set(story.numbers)) for story in stories),
        "spread": {f"{bucket * BUCKET:.1f}": count for bucket, count in sorted(spread.items())},
    }  # fmt: skip


def measure(kind: str, clients: int) -> dict[str, float | dict[str, int]]:
    """One storm on a fresh server."""
    with running(Ours, 1, clients) as server, Browsers() as browsers:
        browsers.open(server.address, server.requests(clients))
        publisher = Publisher(server, MESSAGES_A_SECOND)
        publisher.start()
        time.sleep(0.2)
        _await_all(browsers, 1, clients)
        _await_all(browsers, publisher.stop(), clients)
        return storm(kind, server, browsers, clients)


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--storms", default=",".join(STORMS), help="which, comma-separated")
    options = parser.parse_args(arguments)
    clients = options.clients or 1000
    processes.allow_files(4 * clients + 4000)
    data: dict[str, list[dict[str, float | dict[str, int]]]] = {kind: [] for kind in options.storms.split(",")}
    for _ in range(options.repeats):
        for kind, runs in data.items():
            runs.append(measure(kind, clients))
    table = report.Table(f"{clients:,} browsers at once", ["storm", *(title for _, title in FIGURES)])
    for kind, runs in data.items():
        table.rows.append([kind, *(_over(key, runs) for key, _ in FIGURES)])
        spread = ", ".join(f"{at} s: {count}" for at, count in _halves(runs[-1]["spread"]).items())
        table.notes.append(f"{kind}, connects each half second of the last repeat: {spread}")
    report.publish("storm", __doc__ or "", [table], data, options)


def _over(key: str, runs: list[dict[str, float | dict[str, int]]]) -> report.Cell:
    values = [value for run in runs if not isinstance(value := run[key], dict)]
    return sum(values) if key in SUMMED else report.median(values)


def _halves(spread: float | dict[str, int]) -> dict[str, int]:
    assert isinstance(spread, dict)
    found: Counter[str] = Counter()
    for at, count in spread.items():
        found[f"{int(float(at) * 2) / 2}"] += count
    return dict(found)


if __name__ == "__main__":
    main()
