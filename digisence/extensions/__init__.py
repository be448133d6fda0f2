"""The bare objects of the stack, each with init_app and no domain, in the order they start."""

from flask import Flask

from .api import api
from .compress import compress
from .db import db
from .jwt import jwt
from .limiter import limiter
from .mailer import mailer
from .metrics import metrics
from .migrate import migrate
from .queue import queue
from .redis import redis_client
from .sse import sse

__all__ = ["api", "compress", "db", "jwt", "limiter", "mailer", "metrics", "migrate", "queue", "redis_client", "sse"]


def init_app(app: Flask) -> None:
    """Bind every extension to `app`. Nothing connects yet."""
    for extension in (db, migrate, redis_client, queue, sse, jwt, limiter, mailer, compress, metrics, api):
        extension.init_app(app)
