"""Settings that cannot be used are refused at boot, by name."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from digisence.config import SettingsError, load_settings


@pytest.mark.parametrize("grace", ["1000000d", "24856d", "99999999999999999999d"])
@pytest.mark.parametrize("name", ["grace", "drill_interval", "stream_lifetime"])
def test_a_duration_longer_than_a_database_holds_is_refused(tmp_path: Path, name: str, grace: str) -> None:
    with pytest.raises(SettingsError, match=f"DIGISENCE_{name.upper()}.* no longer than 24855d"):
        load_settings(instance=tmp_path, **{name: grace})


def test_a_duration_below_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no shorter than 0s"):
        load_settings(instance=tmp_path, grace=timedelta(seconds=-1))


@pytest.mark.parametrize(("text", "days"), [("24855d", 24855), ("0", 0), ("48h", 2)])
def test_any_other_is_taken(tmp_path: Path, text: str, days: int) -> None:
    assert load_settings(instance=tmp_path, grace=text).grace == timedelta(days=days)


def test_each_installation_has_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    first, second = (load_settings(instance=tmp_path / name).secret_key for name in "ab")
    assert first != second
    assert min(len(first), len(second)) >= 64
    assert load_settings(instance=tmp_path / "a").secret_key == first
    assert stat.S_IMODE((tmp_path / "a" / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["secret.key"]


@pytest.mark.parametrize("secret", ["your-secret-key", "x" * 31])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError, match="DIGISENCE_SECRET_KEY is shorter"):
        load_settings(instance=tmp_path, secret_key=secret)
    for kept in ("", "\n", secret):
        (tmp_path / "secret.key").write_text(kept)
        with pytest.raises(SettingsError, match=r"secret\.key holds fewer than 32 characters"):
            load_settings(instance=tmp_path)
