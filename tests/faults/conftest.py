"""The bare application before a Redis that may be killed, as the tests of the streams have it."""

from tests.realtime.conftest import feed, redis_of_its_own, serve

__all__ = ["feed", "redis_of_its_own", "serve"]
