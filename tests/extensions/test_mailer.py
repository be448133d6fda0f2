"""One URL says which mail server; what cannot be understood stops the start."""

from pathlib import Path
from typing import Any

import pytest

from digisence.config import SettingsError, load_settings
from digisence.extensions.mailer import Smtp, _config
from tests.conftest import SECRET


def config(tmp_path: Path, **chosen: Any) -> dict[str, Any]:
    return _config(load_settings(instance=tmp_path, secret_key=SECRET, **chosen))


@pytest.mark.parametrize(
    ("url", "server", "port", "user", "password", "ssl", "tls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, None, None, False, False),
        ("smtp://a%40b:p%3Aw@mail.example.org:587?starttls=true", "mail.example.org", 587, "a@b", "p:w", False, True),
        ("smtps://a:b@mail.example.org", "mail.example.org", 465, "a", "b", True, False),
    ],
)
def test_the_url_says_it_all(
    tmp_path: Path, url: str, server: str, port: int, user: str | None, password: str | None, ssl: bool, tls: bool
) -> None:
    found = config(tmp_path, mail_url=url)
    names = ("SERVER", "PORT", "USERNAME", "PASSWORD", "USE_SSL", "USE_TLS")
    assert [found[f"MAIL_{name}"] for name in names] == [server, port, user, password, ssl, tls]
    assert found["MAIL_BACKEND"] is Smtp


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "http://x", "smtp://", "smtp://x:no", "smtp://x?starttls=perhaps", "smtps://x?starttls=true",
     "smtp://x?tls=true", "smtp://x/path"],
)  # fmt: skip
def test_an_url_that_says_nothing_sensible_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="DIGISENCE_MAIL_URL cannot be used: Write") as refusal:
        config(tmp_path, mail_url=url)
    assert url == "smtp://" or url not in str(refusal.value)


def test_without_an_url_mails_go_to_the_console_from_the_public_host(tmp_path: Path) -> None:
    assert config(tmp_path)["MAIL_BACKEND"] == "console"
    found = config(tmp_path, public_url="https://panel.example.org")
    assert found["MAIL_DEFAULT_SENDER"] == "no-reply@panel.example.org"
    assert config(tmp_path, mail_from="Bee <bee@example.org>")["MAIL_DEFAULT_SENDER"] == "Bee <bee@example.org>"
