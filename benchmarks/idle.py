"""Idle: what streams cost while nothing happens, and how soon closed ones are freed.

    python -m benchmarks.idle [--clients 1000] [--repeats 3] [--seconds 5]

The whole application in one web process, with 0, 1,000 and 3,000 streams; without heartbeats (an hour apart), to see
that nothing else wakes it, and with the usual ones. Wake-ups are voluntary context switches.
"""

import time
from functools import partial

from . import processes, report
from .crowd import Crowd
from .messages import join
from .ours import Ours
from .servers import running

FREED = 500
FREED_SECONDS = 30
NEVER, USUAL = 3600, 15
FIGURES = (
    ("wakes_a_second", "wake-ups/s, process"), ("busiest_a_second", "wake-ups/s, busiest thread"),
    ("cpu_percent", "CPU % of a core"), ("kb_a_stream", "USS KB/stream"), ("threads", "threads"),
    ("handles", "descriptors"), ("redis_connections", "Redis conns"), ("freed_ms", "ms until 500 closed are freed"),
)  # fmt: skip


def measure(streams: int, heartbeat: int, seconds: float) -> dict[str, float]:
    """All figures of so many streams."""
    with running(partial(Ours, DIGISENCE_HEARTBEAT=str(heartbeat)), 1, streams) as server, Crowd() as crowd:
        join(server, crowd, 100)
        crowd.close(100)
        time.sleep(0.5)
        before = processes.memory(server.pids)
        if streams:
            live = join(server, crowd, streams)
            assert live == streams, f"{live} of {streams} streams are open: {crowd.state().refusals[:3]}"
        found = _watch(server.pids, max(seconds, heartbeat if heartbeat == USUAL else 0))
        return found | {
            "kb_a_stream": (processes.memory(server.pids) - before) / 1024 / max(streams, 1),
            "threads": processes.threads(server.pids),
            "handles": processes.handles(server.pids),
            "redis_connections": server.redis_connections(),
            "freed_ms": _free(server.pids, crowd, min(FREED, streams)) if streams else 0.0,
        }


def _watch(pids: list[int], seconds: float) -> dict[str, float]:
    """Wake-ups and CPU over so many seconds."""
    time.sleep(1)
    before, spent, began = [processes.wakes(pid) for pid in pids], processes.cpu(pids), time.monotonic()
    time.sleep(seconds)
    took, cost = time.monotonic() - began, processes.cpu(pids) - spent
    after = [processes.wakes(pid) for pid in pids]
    each = [new[task] - old.get(task, 0) for old, new in zip(before, after, strict=True) for task in new]
    return {
        "wakes_a_second": sum(each) / took, "busiest_a_second": max(each) / took, "cpu_percent": cost / took * 100,
    }  # fmt: skip


def _free(pids: list[int], crowd: Crowd, count: int) -> float:
    """Milliseconds until the descriptors of `count` closed streams are gone."""
    wanted = processes.handles(pids) - count
    crowd.close(count)
    began = time.monotonic()
    while processes.handles(pids) > wanted:
        assert time.monotonic() < began + FREED_SECONDS, "closed streams are not freed"
        time.sleep(0.002)
    return (time.monotonic() - began) * 1000


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    options = report.options(__doc__).parse_args(arguments)
    clients = options.clients or 1000
    processes.allow_files(8 * clients + 4000)
    rows = [(0, NEVER), (clients, NEVER), (3 * clients, NEVER), (clients, USUAL), (3 * clients, USUAL)]
    data: dict[tuple[int, int], list[dict[str, float]]] = {row: [] for row in rows}
    for _ in range(options.repeats):
        for row in rows:
            data[row].append(measure(*row, options.seconds))
    table = report.Table("Idle streams in one web process", ["streams", "heartbeat s", *(name for _, name in FIGURES)])
    for (streams, heartbeat), runs in data.items():
        middles: list[report.Cell] = [report.median([run[key] for run in runs]) for key, _ in FIGURES]
        table.rows.append([streams, "none" if heartbeat == NEVER else heartbeat, *middles])
    kept = {f"{streams} streams, heartbeat {beat} s": runs for (streams, beat), runs in data.items()}
    report.publish("idle", __doc__ or "", [table], kept, options)


if __name__ == "__main__":
    main()
