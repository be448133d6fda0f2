"""The whole product behind a door, for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from digisence.client import Account
from tests.e2e.product import PASSWORD, Admin, Product
from tests.proxy import Proxy

HEARTBEAT = 1


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`digisence up` with quick heartbeats."""
    folder = tmp_path_factory.mktemp("followed")
    quick = {"DIGISENCE_HEARTBEAT": str(HEARTBEAT), "DIGISENCE_SYNC_INTERVAL": "86400"}
    started = Product(folder / "instance", f"sqlite:///{folder}/digisence.sqlite", **quick).start()
    yield started
    started.close()


@pytest.fixture(scope="package")
def admin(product: Product) -> Admin:
    """Who writes."""
    return product.admin()


@pytest.fixture
def door(product: Product) -> Iterator[Proxy]:
    """Where faults are put."""
    opened = Proxy(("127.0.0.1", int(product.url.rsplit(":", 1)[1])))
    yield opened
    opened.close()


@pytest.fixture
def url(door: Proxy) -> str:
    """The product's address, through the door."""
    return f"http://127.0.0.1:{door.address[1]}"


@pytest.fixture
def account(admin: Admin, product: Product) -> Iterator[Account]:
    """A sign-in of the client's own."""
    with Account(product.url, product.email or _email(product), PASSWORD) as account:
        yield account


def _email(product: Product) -> str:
    return product.first_sign_in()[0]
