"""Fan-out: one change to many browsers, ours beside flask-sse, sse-starlette and nchan in the same run.

    python -m benchmarks.fanout [--clients 1000] [--repeats 3] [--seconds 5] [--peers digisence,nchan] [--rows main]

Real HTTP, a Redis of its own for each server (nchan takes POSTs instead), a `change` of about 300 bytes. Ours is the
whole application: a signed-in superadmin, topic filters on. Phases: open loop at 5,000 deliveries a second, every
number of every client looked at; then closed loop, at most 4 messages outstanding. All share one machine.
"""

import sys
import time

from . import processes, report
from .crowd import MARKED, Crowd
from .messages import change, join
from .ours import Ours
from .servers import Asgi, Missing, Nchan, Server, Stock, running

SERVERS: tuple[type[Server], ...] = (Ours, Stock, Asgi, Nchan)
DELIVERIES_A_SECOND = 5000
OUTSTANDING = 4
WARM = 100  # streams opened and closed, three times, before anything is measured
PATIENCE = 20.0  # seconds without any delivery, after which what is missing is lost
FIGURES = (
    ("live", "live"), ("deliveries_a_second", "deliveries/s, saturated"), ("cpu_s_per_100k", "CPU s/100k, saturated"),
    ("redis_s_per_100k", "Redis CPU s/100k"), ("client_share", "client's core"), ("p50_ms", "p50 ms at 5k/s"),
    ("p99_ms", "p99 ms at 5k/s"), ("open_cpu_s_per_100k", "CPU s/100k at 5k/s"), ("kb_a_client", "USS KB/client"),
    ("connect_cpu_ms", "CPU ms/connect"), ("redis_connections", "Redis conns"), ("threads", "threads"),
    ("lost", "lost"), ("twice", "twice"),
)  # fmt: skip


class Run:
    """One server with its crowd."""

    def __init__(self, server: Server, crowd: Crowd, clients: int) -> None:
        self._server, self._crowd, self._clients = server, crowd, clients
        self.found: dict[str, float] = {"lost": 0, "twice": 0}

    def join(self) -> None:
        """Open all streams, and what they cost."""
        server, crowd = self._server, self._crowd
        for _ in range(3):
            join(server, crowd, WARM)
            crowd.close(WARM)
        time.sleep(0.5)  # the server sees them go
        before, spent = processes.memory(server.pids), processes.cpu(server.pids)
        live = join(server, crowd, self._clients)
        self.found |= {
            "live": live,
            "connect_cpu_ms": (processes.cpu(server.pids) - spent) / self._clients * 1000,
            "kb_a_client": (processes.memory(server.pids) - before) / 1024 / (live or 1),
            "redis_connections": server.redis_connections(),
            "threads": processes.threads(server.pids),
        }

    def follow(self, seconds: float) -> None:
        """Open loop: latency, and every number of every client."""
        server, crowd = self._server, self._crowd
        streams = crowd.reset(MARKED)
        count = max(1, int(seconds * DELIVERIES_A_SECOND / streams))
        spent, began = processes.cpu(server.pids), time.monotonic()
        for number in range(1, count + 1):
            time.sleep(max(0.0, began + (number - 1) * streams / DELIVERIES_A_SECOND - time.monotonic()))
            server.publish(change(number))
        crowd.await_rounds(count, PATIENCE)
        server.settle()
        cost = processes.cpu(server.pids) - spent
        delays = []
        for seen in crowd.state().seen:
            numbers = [int(text.split(b"@")[0]) for text, _ in seen]
            self.found["lost"] += count - len(set(numbers))
            self.found["twice"] += len(numbers) - len(set(numbers))
            delays += [(came - int(text.split(b"@")[1])) / 1e6 for text, came in seen]
        self.found |= {
            "p50_ms": report.quantile(delays, 0.5),
            "p99_ms": report.quantile(delays, 0.99),
            "open_cpu_s_per_100k": cost / (count * streams) * 100_000,
        }

    def saturate(self, seconds: float) -> None:
        """Closed loop."""
        self._closed(seconds / 5)  # to warm up
        server, crowd = self._server, self._crowd
        all_of = {"cpu": server.pids, "redis": [server.redis_pid], "client": [crowd.pid]}
        before = {name: processes.cpu(pids) for name, pids in all_of.items()}
        began = time.monotonic()
        count, streams = self._closed(seconds)
        took = time.monotonic() - began
        cost = {name: processes.cpu(pids) - before[name] for name, pids in all_of.items()}
        counts = crowd.state().counts
        self.found["lost"] += sum(max(0, count - each) for each in counts)
        self.found["twice"] += sum(max(0, each - count) for each in counts)
        self.found |= {
            "deliveries_a_second": sum(counts) / took,
            "cpu_s_per_100k": cost["cpu"] / sum(counts) * 100_000,
            "redis_s_per_100k": cost["redis"] / sum(counts) * 100_000,
            "client_share": cost["client"] / took,
            "streams": streams,
        }

    def _closed(self, seconds: float) -> tuple[int, int]:
        streams = self._crowd.reset()
        until, count, done = time.monotonic() + seconds, 0, 0
        while time.monotonic() < until:
            while count - done >= OUTSTANDING and time.monotonic() < until:
                done = self._crowd.rounds(0.5)
            self._server.publish(change(count))
            count += 1
        self._crowd.await_rounds(count, PATIENCE)
        self._server.settle()
        return count, streams


def measure(kind: type[Server], clients: int, web_processes: int, seconds: float) -> dict[str, float]:
    """All figures of one server, once."""
    with running(kind, web_processes, clients) as server, Crowd() as crowd:
        run = Run(server, crowd, clients)
        run.join()
        run.follow(2 * seconds)
        run.saturate(seconds)
        run.found["ended"] = crowd.state().ended
        return run.found


def main(arguments: list[str] | None = None) -> None:
    """Measure and report."""
    parser = report.options(__doc__)
    parser.add_argument("--peers", default="", help="only those whose names contain one of these, comma-separated")
    parser.add_argument("--rows", choices=("all", "main"), default="all", help="main: no 3,000 clients, no 2 processes")
    options = parser.parse_args(arguments)
    clients = options.clients or 1000
    processes.allow_files(12 * clients + 4000)
    shapes = [(clients, 1), (3 * clients, 1), (clients, 2)][: 1 if options.rows == "main" else 3]
    wanted = [word for word in options.peers.lower().split(",") if word]
    chosen = [kind for kind in SERVERS if not wanted or any(word in kind.name.lower() for word in wanted)]
    present, absent = _present(chosen)
    data: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.repeats):
        for shape in shapes:
            for kind in present:
                found = measure(kind, *shape, options.seconds)
                data.setdefault(f"{kind.name}, {shape[0]} clients, {shape[1]} process", []).append(found)
    tables = [_table(shape, present, data, absent) for shape in shapes]
    report.publish("fanout", __doc__ or "", tables, data, options)


def _present(chosen: list[type[Server]]) -> tuple[list[type[Server]], list[str]]:
    present, absent = [], []
    for kind in chosen:
        try:
            kind.require()
            present.append(kind)
        except Missing as reason:
            absent.append(f"{kind.name} was not measured: {reason}")
            print(absent[-1], file=sys.stderr)
    return present, absent


def _table(
    shape: tuple[int, int], kinds: list[type[Server]], data: dict[str, list[dict[str, float]]], absent: list[str]
) -> report.Table:
    table = report.Table(
        f"{shape[0]:,} clients, {shape[1]} web process{'es' if shape[1] > 1 else ''}",
        ["server", "repeats", *(title for _, title in FIGURES)],
        notes=absent,
    )
    for kind in kinds:
        runs = data[f"{kind.name}, {shape[0]} clients, {shape[1]} process"]
        medians: list[report.Cell] = [
            sum(int(run[key]) for run in runs) if key in ("lost", "twice") else _whole(key, [run[key] for run in runs])
            for key, _ in FIGURES
        ]
        table.rows.append([kind.name, len(runs), *medians])
    return table


def _whole(key: str, values: list[float]) -> report.Cell:
    middle = report.median(values)
    return int(middle) if key in ("live", "redis_connections", "threads", "deliveries_a_second") else middle


if __name__ == "__main__":
    main()
