"""The stream from another program: `follow(url, token)`. Imports nothing of the application, so it starts at once."""

from .account import Account
from .errors import Refused, SignedOut, StreamError
from .follower import Follower, Token, follow
from .messages import Change, Heartbeat, Hello, Initial, Lost, Message, News, Quiet, Update

__all__ = [
    "Account",
    "Change",
    "Follower",
    "Heartbeat",
    "Hello",
    "Initial",
    "Lost",
    "Message",
    "News",
    "Quiet",
    "Refused",
    "SignedOut",
    "StreamError",
    "Token",
    "Update",
    "follow",
]
