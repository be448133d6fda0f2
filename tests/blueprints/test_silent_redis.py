"""A Redis that takes connections and answers nothing holds nobody up for long: each page says it is away."""

import time
from collections.abc import Iterator

import pytest
from redis import RedisError

from digisence.extensions import redis_client
from tests.servers import RedisServer

from .conftest import Caller

LONGEST = 8  # seconds; 2 to 3 on a machine of its own, over 20 were each question to wait


@pytest.fixture
def boss(client: object, superadmin: str) -> Caller:
    return Caller(client)  # type: ignore[arg-type]


@pytest.fixture
def frozen(boss: Caller, redis_server: RedisServer) -> Iterator[None]:
    redis_server.freeze()
    yield
    redis_server.thaw()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "status"), [("/readyz", 503), ("/metrics", 200), ("sync", 200), ("realtime/status", 200), ("jobs", 503)]
)
def test_a_silent_redis_holds_up_nobody(boss: Caller, frozen: None, path: str, status: int) -> None:
    began = time.monotonic()
    reply = boss.get(path)
    took = time.monotonic() - began
    assert reply.status_code == status
    assert took < LONGEST


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_redis_that_speaks_again_is_asked_again(boss: Caller, redis_server: RedisServer) -> None:
    redis_server.freeze()
    try:
        with pytest.raises(RedisError):
            redis_client.get().ping()
    finally:
        redis_server.thaw()
    end = time.monotonic() + 20
    while boss.get("/readyz").json["parts"]["redis"]["ok"] is False:
        assert time.monotonic() < end
        time.sleep(0.1)
