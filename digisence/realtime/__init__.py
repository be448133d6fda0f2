"""How a fact reaches a browser: one subscriber a process, one ring of encoded messages, one thread for all streams."""

from .client import Listener
from .doorway import serve
from .hub import drain, hub_for
from .opening import MODES, TOPICS, Wish

__all__ = ["MODES", "TOPICS", "Listener", "Wish", "drain", "hub_for", "serve"]
