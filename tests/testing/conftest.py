"""Scratch directories of our own kit."""

from collections.abc import Iterator

import pytest

from digisence.testing import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """SQLite files to copy."""
    made = Template(tmp_path_factory.mktemp("templates"))
    yield made
    made.close()
