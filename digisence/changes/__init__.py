"""How a change becomes a fact: captured by triggers, told who and why, published in order, sealed."""

from flask import Flask

from . import events
from .context import Context, target, unit_of_work
from .drainer import settle

__all__ = ["Context", "events", "init_app", "settle", "target", "unit_of_work"]


def init_app(app: Flask) -> None:
    """Guard the session of `app`: nothing is flushed outside a unit of work. Show the outbox among the metrics."""
    from ..extensions import metrics
    from . import context, figures

    context.init_app(app)
    metrics.show("outbox", figures.series)
