"""Mails: written into an outbox in the unit of work that calls for them, sent by a job, none lost."""

from flask import Flask

from .outbox import post

__all__ = ["init_app", "post"]


def init_app(app: Flask) -> None:
    """Ask for the sending of what was posted, once it is committed; show the mails among the metrics."""
    from ..extensions import metrics
    from . import figures, knocking

    knocking.init_app(app)
    metrics.show("mails", figures.series)
