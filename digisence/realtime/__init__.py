"""How a fact reaches a browser: one subscriber a process, one ring of encoded messages, one thread for all streams."""

from .client import Listener
from .doorway import converse, serve
from .hub import drain, hub_for
from .opening import MODES, Wish
from .topics import TOPICS
from .websocket import same_origin

__all__ = ["MODES", "TOPICS", "Listener", "Wish", "converse", "drain", "hub_for", "same_origin", "serve"]
