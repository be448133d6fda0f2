"""Prometheus series of this process, in a registry of the app's own."""

from collections.abc import Callable, Iterable

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.registry import Collector


class Metrics(Collector):
    """The series the house counts; each app gets fresh ones."""

    def __init__(self) -> None:
        self._make()

    def _make(self) -> None:
        self.registry = CollectorRegistry()
        self._shown: dict[str, Callable[[], Iterable[Metric]]] = {}
        self.registry.register(self)
        self.requests = Counter(
            "digisence_requests_total", "HTTP replies", ["method", "status"], registry=self.registry
        )
        self.published = Counter("digisence_changes_published_total", "Changes published", registry=self.registry)
        self.intake = Counter(
            "digisence_intake_total", "Public forms that came in", ["resource", "outcome"], registry=self.registry
        )
        self.publish_lag = Histogram(
            "digisence_publish_seconds", "From a change's statement to its publication", registry=self.registry
        )

    def show(self, name: str, series: Callable[[], Iterable[Metric]]) -> None:
        """Let what somebody counts plainly join the series; it is asked when they are. A name has one at a time."""
        self._shown[name] = series

    def hide(self, name: str) -> None:
        """The opposite."""
        self._shown.pop(name, None)

    def collect(self) -> Iterable[Metric]:
        """What is shown."""
        for series in list(self._shown.values()):
            yield from series()

    def init_app(self, app: Flask) -> None:
        """Start counting afresh for `app`."""
        self._make()
        app.extensions["digisence_metrics"] = self


metrics = Metrics()
