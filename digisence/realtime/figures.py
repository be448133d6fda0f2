"""What a process's streams and feed have come to, in numbers: for the roster and for Prometheus, when somebody asks."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from .hub import Hub


def of(hub: "Hub") -> dict[str, Any]:
    """A process's figures as the roster tells them; counts since it began, `ring.bytes` of at most `ring.most`."""
    messages, size = hub.ring.occupancy()
    delivered, sent = hub.counts.totals(hub.clients())
    return {
        "startedAt": hub.began_at, "position": str(hub.last) if hub.last else None,
        "ring": {"messages": messages, "bytes": size, "mostBytes": hub.ring.max_bytes, "after": str(hub.ring.base)},
        "deliveries": delivered, "bytesSent": sent, "lost": hub.counts.lost, "dropped": hub.counts.stalled,
        "refused": dict(hub.limits.refused),
    }  # fmt: skip


def series(hub: "Hub") -> Iterator[Metric]:
    """The same for Prometheus."""
    clients = Counter({"sse": 0, "ws": 0})
    clients.update(client.transport for client in hub.clients())
    told = of(hub)
    yield _labelled(GaugeMetricFamily, "stream_clients", "Open streams", "transport", clients)
    yield _labelled(CounterMetricFamily, "stream_refused", "Streams refused over a limit", "limit", told["refused"])
    dropped = {"stalled": told["dropped"], "lost": told["lost"]}
    yield _labelled(CounterMetricFamily, "stream_dropped", "Streams ended for falling behind", "reason", dropped)
    yield CounterMetricFamily("digisence_stream_deliveries", "Messages delivered to streams", told["deliveries"])
    yield CounterMetricFamily("digisence_stream_sent_bytes", "Bytes sent to streams", told["bytesSent"])
    yield GaugeMetricFamily("digisence_ring_messages", "Messages held for streams", told["ring"]["messages"])
    yield GaugeMetricFamily("digisence_ring_bytes", "Bytes they take", told["ring"]["bytes"])
    yield GaugeMetricFamily("digisence_ring_most_bytes", "Bytes they may take", told["ring"]["mostBytes"])
    if hub.roster.lag_ms is not None:
        lag = hub.roster.lag_ms / 1000
        yield GaugeMetricFamily("digisence_feed_lag_seconds", "How long the oldest message not heard has waited", lag)


def _labelled(family: Any, name: str, told: str, label: str, values: dict[str, int]) -> Any:
    made = family(f"digisence_{name}", told, labels=[label])
    for value, number in values.items():
        made.add_metric([value], number)
    return made
