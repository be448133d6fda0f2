"""Flask-Mailman, set by one URL: SMTP as DIGISENCE_MAIL_URL says, the console without one."""

import smtplib
import ssl
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from flask import Flask
from flask_mailman import Mail
from flask_mailman.backends.smtp import EmailBackend

from ..config import Settings, SettingsError, settings

FORMS = "Write smtp://user:password@host:587?starttls=true, smtps://user:password@host or smtp://host"
PORTS = {"smtp": 25, "smtps": 465}
SWITCH = {"true": True, "1": True, "yes": True, "": True, "false": False, "0": False, "no": False}
TIMEOUT_SECONDS = 10  # for each answer of the server


class Certain(smtplib.SMTP):
    """Looks at the certificate also where the encryption begins later (STARTTLS); Python by itself does not."""

    def starttls(self, **options: Any) -> Any:  # type: ignore[override]  # called by name, by Flask-Mailman alone
        """Begin the encryption. ssl.SSLError when the server cannot prove who it is."""
        return super().starttls(**{**options, "context": options.get("context") or ssl.create_default_context()})


class Smtp(EmailBackend):  # type: ignore[misc]
    """Flask-Mailman's SMTP, sure of whom it speaks to."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """What speaks to the server."""
        return smtplib.SMTP_SSL if self.use_ssl else Certain


class Mailer(Mail):  # type: ignore[misc]
    """Flask-Mailman with its settings taken from ours."""

    def init_app(self, app: Flask) -> Any:
        """Bind to `app`; SettingsError when the URL cannot be understood. Nothing connects."""
        app.config.update(_config(settings(app)))
        return super().init_app(app)


def _config(chosen: Settings) -> dict[str, Any]:
    common = {"MAIL_DEFAULT_SENDER": chosen.sender, "MAIL_TIMEOUT": TIMEOUT_SECONDS}
    if not chosen.mail_url:
        return {**common, "MAIL_BACKEND": "console"}
    try:
        parts = urlsplit(chosen.mail_url)
        return {**common, "MAIL_BACKEND": Smtp, **_server(parts)}
    except (KeyError, ValueError) as error:
        raise SettingsError(f"DIGISENCE_MAIL_URL cannot be used: {FORMS}") from error


def _server(parts: SplitResult) -> dict[str, Any]:
    if not parts.hostname or parts.path.strip("/"):
        raise ValueError("no host")
    return {
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or PORTS[parts.scheme],
        "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
        "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": _starttls(parts),
    }


def _starttls(parts: SplitResult) -> bool:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = SWITCH[options.pop("starttls", "false").lower()]
    if options or (wanted and parts.scheme == "smtps"):
        raise ValueError("unknown options")
    return wanted


mailer = Mailer()
