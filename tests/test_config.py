"""Settings that cannot be used are refused at boot, by name."""

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
