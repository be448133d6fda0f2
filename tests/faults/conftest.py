"""What faults are put upon: the bare application before a Redis that may be killed, or a cluster behind doors."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster
from tests.realtime.conftest import feed, redis_of_its_own, serve

__all__ = ["cluster", "feed", "redis_of_its_own", "serve"]


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two servers, one Redis, for all tests that leave them whole."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()
