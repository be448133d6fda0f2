"""Sealed secrets come back, and only with the same key."""

from pathlib import Path

import pytest
from flask import Flask

from digisence.config import load_settings
from digisence.errors import Conflict
from digisence.records import vault


def holder(folder: Path, key: str) -> Flask:
    app = Flask("vault")
    app.config["SETTINGS"] = load_settings(instance=folder, secret_key=key)
    return app


def test_what_is_sealed_is_unreadable_and_comes_back_with_the_same_key_only(tmp_path: Path) -> None:
    secrets = {"users/1": {"password_hash": "$argon2id$…"}}
    with holder(tmp_path, "a" * 40).app_context():
        sealed = vault.seal(secrets)
        assert sealed is not None
        assert "argon2" not in sealed
        assert vault.seal(secrets) != sealed
        assert vault.unseal(sealed) == secrets
        assert vault.seal({}) is None
        assert vault.unseal(None) == {}
    with holder(tmp_path, "b" * 40).app_context(), pytest.raises(Conflict, match="DIGISENCE_SECRET_KEY"):
        vault.unseal(sealed)
