"""`digisence relay`: publishes what nobody else did, and the summaries of what changed."""

import signal
import threading
from typing import Any

import click
from flask import current_app

from ..changes.relay import Relay
from ..realtime.summary import Summary


@click.command("relay")
def relay() -> None:
    """Publish changes made by outsiders or left by a dead process, and the summaries."""
    stop = threading.Event()

    def end(*_signal: Any) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    Relay(current_app._get_current_object(), after_drain=[Summary()]).run(stop)  # type: ignore[attr-defined]


commands = [relay]
