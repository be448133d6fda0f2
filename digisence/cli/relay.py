"""`digisence relay`: publishes what nobody else did, summaries of what changed, keeps counts true, tells seals."""

import gc

import click
from flask import current_app

from .. import logs
from ..accounts.sessions import revoke_unwelcome
from ..changes.relay import Relay, stopped_by_signals
from ..changes.tally import Verifier
from ..changes.witness import Crier
from ..realtime.summary import Summary
from .console import leave_at_once
from .output import log_option


@click.command("relay")
@log_option
def relay(as_json: bool) -> None:
    """Publish changes made by outsiders or left by a dead process, and the summaries."""
    if as_json:
        logs.use(as_json=True)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    gc.freeze()  # looking through all that the program is made of would hold up what is to be published
    Relay(app, after_drain=[Summary(), Verifier(), Crier(), lambda _: revoke_unwelcome()]).run(stopped_by_signals())
    leave_at_once()


commands = [relay]
