"""A superadmin to sign in as."""

import pytest
from flask import Flask

from digisence.accounts import create_superadmin
from digisence.changes import Context

EMAIL = "Anna@example.org"
PASSWORD = "three grey horses run"


@pytest.fixture
def superadmin(app: Flask) -> str:
    """The id of a superadmin with EMAIL and PASSWORD."""
    with app.app_context():
        return create_superadmin(EMAIL, PASSWORD, Context("system:test"))
