"""Pages beside streams: what a page takes with no stream, with 3,000 idle ones, and while messages go out to all.

    python -m benchmarks.pages [--clients 3000] [--repeats 3] [--seconds 5]

The whole application in one web process of 16 threads. A page is GET /api/admin/businesses of a signed-in superadmin
on a fresh connection, one after another.
"""

import time

from . import processes, report
from .crowd import Crowd
from .fanout import DELIVERIES_A_SECOND
from .messages import Publisher, join
from .ours import Ours
from .servers import running

PAGE = "/api/admin/businesses"
STATES = ("none", "idle", "5,000 deliveries/s")
FIGURES = (
    ("p50_ms", "page p50 ms"), ("p99_ms", "page p99 ms"), ("pages_a_second", "pages/s"), ("threads", "threads"),
    ("lost", "messages lost"),
)  # fmt: skip


def pages(server: Ours, seconds: float) -> dict[str, float]:
    """How long pages take, asked for `seconds`."""
    took: list[float] = []
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        asked = time.perf_counter()
        server.ask("GET", PAGE)
        took.append((time.perf_counter() - asked) * 1000)
    return {
        "p50_ms": report.quantile(took, 0.5), "p99_ms": report.quantile(took, 0.99),
        "pages_a_second": len(took) / (time.monotonic() - began), "threads": processes.threads(server.pids), "lost": 0,
    }  # fmt: skip


def measure(streams: int, seconds: float) -> dict[str, dict[str, float]]:
    """Figures of each state."""
    with running(Ours, 1, streams) as server, Crowd() as crowd:
        join(server, crowd, 100)  # so that every thread of the server has begun
        crowd.close(100)
        pages(server, min(seconds, 2))
        found = {STATES[0]: pages(server, seconds)}
        live = join(server, crowd, streams)
        assert live == streams, f"{live} of {streams} streams are open: {crowd.state().refusals[:3]}"
        found[STATES[1]] = pages(server, seconds)
        crowd.reset()
        publisher = Publisher(server, DELIVERIES_A_SECOND / streams)
        publisher.start()
        found[STATES[2]] = pages(server, seconds)
        last = publisher.stop()
        crowd.await_rounds(last, 10)
        found[STATES[2]]["lost"] = sum(last - count for count in crowd.state().counts)
        return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    options = report.options(__doc__).parse_args(arguments)
    streams = options.clients or 3000
    processes.allow_files(4 * streams + 4000)
    runs = [measure(streams, options.seconds) for _ in range(options.repeats)]
    table = report.Table(f"Pages beside {streams:,} streams", ["streams", *(title for _, title in FIGURES)])
    for state in STATES:
        middles: list[report.Cell] = [report.median([run[state][key] for run in runs]) for key, _ in FIGURES]
        table.rows.append([state, *middles])
    report.publish("pages", __doc__ or "", [table], runs, options)


if __name__ == "__main__":
    main()
