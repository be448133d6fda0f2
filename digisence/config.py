"""Every knob of the product: its name, its default, its meaning. Boot fails on an unsafe value."""

import hashlib
import os
import re
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from flask import Flask, current_app
from pydantic import BeforeValidator, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST_DAYS = 24_855  # 2**31 seconds: what a database holds, and no time before the year 1
SHORTEST_SECRET = 32  # characters
SOCKET_PATH_LIMIT = 100  # bytes; the kernel takes 107 for a Unix socket


class SettingsError(Exception):
    """A setting is missing, malformed or unsafe; the message says which and how to mend it."""


def duration(value: object) -> object:
    """`90s`, `15m`, `24h`, `7d` or a number of seconds as a timedelta; ValueError on anything else."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d+)\s*([smhd]?)", str(value).strip())
    if not found:
        raise ValueError("write a duration as 90s, 15m, 24h or 7d")
    return timedelta(**{UNITS[found[2] or "s"]: int(found[1])})


def _bounded(value: object) -> object:
    try:
        found = duration(value)
    except OverflowError as error:
        raise ValueError(f"no longer than {LONGEST_DAYS}d") from error
    if isinstance(found, timedelta) and not timedelta(0) <= found <= timedelta(days=LONGEST_DAYS):
        raise ValueError(f"no shorter than 0s, no longer than {LONGEST_DAYS}d")
    return found


Duration = Annotated[timedelta, BeforeValidator(_bounded)]


def default_instance() -> Path:
    """The folder for the database, the secrets and the embedded Redis: `instance/` in the working folder."""
    return Path(os.environ.get("DIGISENCE_INSTANCE", Path.cwd() / "instance")).absolute()


class Settings(BaseSettings):
    """What an operator can set, by environment variable or in `instance/digisence.env`."""

    model_config = SettingsConfigDict(
        env_prefix="DIGISENCE_", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    instance: Path = Field(
        default_factory=default_instance, description="Folder of the database, secrets and embedded Redis"
    )
    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="SQLAlchemy URL; default SQLite in the instance folder"
    )
    redis_url: str = Field(
        "", validation_alias="REDIS_URL", description="Redis URL; default the embedded server's socket"
    )
    secret_key: str = Field("", description="Signs tokens and encrypts quarantined secrets; generated on first start")
    port: int = Field(8000, ge=0, le=65535, description="Port of the web server")
    host: str = Field("127.0.0.1", description="Address the web server listens on")
    log_format: Literal["text", "json"] = Field("text", description="Form of the log: text, or json, an object a line")
    web_processes: PositiveInt = Field(1, description="Web processes")
    web_threads: PositiveInt = Field(16, description="Threads of a web process; streams take none")
    public_url: str = Field(
        "", description="Address under which people reach the panel; an https one makes cookies secure"
    )
    access_minutes: PositiveInt = Field(60, description="Life of an access token, minutes")
    session_days: PositiveInt = Field(30, description="Life of a sign-in, days")
    login_attempts: PositiveInt = Field(10, description="Failed sign-ins per account and per address in 15 minutes")
    require_totp: bool = Field(False, description="Superadmins do nothing before they have a second factor")
    superadmin_email: str = Field(
        "superadmin@digisence.local", description="E-mail of the superadmin made on first start"
    )
    metrics_token: str = Field("", description="Bearer token that opens /metrics to others than this machine")
    trusted_proxies: int = Field(
        0, ge=0, description="Proxies in front whose X-Forwarded-For, -Proto and -Host are believed"
    )
    max_body_bytes: PositiveInt = Field(2_000_000, description="Largest request body, bytes")
    bulk_days: PositiveInt = Field(
        30, description="Days for which a bulk action can be undone; then what became of each record is dropped"
    )
    import_bytes: PositiveInt = Field(100_000_000, description="Largest file that an import takes, bytes")
    import_days: PositiveInt = Field(
        30, description="Days for which an import can be undone; then its file and what it replaced are dropped"
    )
    sync_interval: PositiveInt = Field(600, description="Seconds between two integrity sweeps")
    grace: Duration = Field(
        timedelta(hours=24), description="A record younger than this is no finding; a check may have its own"
    )
    sightings: PositiveInt = Field(2, description="Full runs that must have seen a finding before it is acted upon")
    breaker_count: PositiveInt = Field(20, description="A check that wants to touch more records trips the breaker")
    breaker_percent: float = Field(
        1.0, gt=0, le=100, description="So does one that wants more than this share of a resource (and more than 3)"
    )
    rule_timeout: PositiveInt = Field(10, description="Seconds a rule may take")
    rule_keys: PositiveInt = Field(100_000, description="Keys a rule may return")
    full_every: PositiveInt = Field(
        6, description="Of so many sweeps, one looks at all records, the others at what changed since; 1: all do"
    )
    rule_distributions: str = Field(
        "", description="Distributions whose rules may be loaded, with commas between; empty for all that are installed"
    )
    drill_interval: Duration = Field(
        timedelta(days=7),
        description="Time between two drills, which prove the clean-up on a scratch database; 0 holds none",
    )
    quarantine_days: PositiveInt = Field(30, description="Days before a quarantined record may be purged")
    history_days: int = Field(
        365, ge=0, description="Days after which a change keeps no more than digests of before and after; 0 keeps all"
    )
    stream_history: PositiveInt = Field(100_000, description="Messages kept for replay")
    stream_bytes: PositiveInt = Field(64_000_000, description="Bytes of messages a process keeps in its ring")
    stream_limit_user: PositiveInt = Field(32, description="Streams a user may hold")
    stream_limit_address: PositiveInt = Field(256, description="Streams an address may hold")
    stream_limit: PositiveInt = Field(10_000, description="Streams in all")
    stream_lifetime: Duration = Field(
        timedelta(hours=1),
        description="A stream ends after so long, less up to a fifth at random, and its client comes back; 0 for never",
    )
    heartbeat: PositiveInt = Field(15, description="Seconds between two heartbeats of a stream")
    mail_url: str = Field(
        "",
        description="smtp://user:password@host:587?starttls=true or smtps://…; empty prints mails to the console",
    )
    mail_from: str = Field("", description="Sender of mails; default no-reply@ the host of the public address")
    mail_days: PositiveInt = Field(90, description="Days that the log of mails is kept")
    intake_limit: str = Field(
        "30 per hour; 5 per minute", description="What an address may send through the public forms"
    )
    intake_origins: str = Field(
        "", description="Other sites whose pages may send the public forms: https://example.org, with commas; * for all"
    )

    @property
    def welcome(self) -> list[str]:
        """The distributions of `rule_distributions`; none for all."""
        return [name.strip() for name in self.rule_distributions.split(",") if name.strip()]

    @property
    def sender(self) -> str:
        """Who mails are from."""
        return self.mail_from or f"no-reply@{urlsplit(self.public_url).hostname or 'digisence.local'}"

    @property
    def embedded_redis(self) -> bool:
        """True when no Redis is configured and the product runs its own."""
        return self.redis_url.startswith("unix://") and str(redis_socket(self.instance)) in self.redis_url


def redis_socket(instance: Path) -> Path:
    """Where the embedded Redis listens: in the instance folder, or in a short one when that path is too long."""
    path = instance / "redis.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(instance)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"digisence-{os.getuid()}-{name}" / "redis.sock"


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `instance/digisence.env`, with `overrides` (by field name) on top.

    Raises SettingsError, naming the variable, when a value cannot be used.
    """
    instance = Path(overrides.pop("instance", None) or default_instance()).absolute()
    named = {_alias(name): value for name, value in overrides.items()}
    try:
        found = Settings(_env_file=instance / "digisence.env", instance=instance, **named)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error
    return found.model_copy(update=_derived(found))


def _derived(found: Settings) -> dict[str, str]:
    if found.secret_key and len(found.secret_key) < SHORTEST_SECRET:
        raise SettingsError(
            "DIGISENCE_SECRET_KEY is shorter than 32 characters: "
            "unset it to have one generated, or set a long random one"
        )
    return {
        "secret_key": found.secret_key or _secret(found.instance),
        "database_url": _database(found.database_url, found.instance),
        "redis_url": found.redis_url or f"unix://{redis_socket(found.instance)}?db=0",
    }


def _alias(name: str) -> str:
    field = Settings.model_fields.get(name)
    if field is None:
        raise SettingsError(f"there is no setting {name!r}")
    return str(field.validation_alias or name)


def _explain(error: ValidationError) -> str:
    def name(location: tuple[int | str, ...]) -> str:
        word = str(location[0])
        return word if word.isupper() else f"DIGISENCE_{word.upper()}"

    return "; ".join(f"{name(item['loc'])}: {item['msg']} (got {item['input']!r})" for item in error.errors())


def _database(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'digisence.sqlite'}"
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            return "postgresql+psycopg://" + url.removeprefix(old)
    return url


def _secret(instance: Path) -> str:
    """The key kept in the instance folder, mode 0600; made on first use. Two processes at once agree on one."""
    path = instance / "secret.key"
    try:
        if not path.exists():
            instance.mkdir(parents=True, exist_ok=True)
            draft = instance / f"secret.key.{os.getpid()}.{secrets.token_hex(4)}"
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(handle, secrets.token_urlsafe(48).encode())
            os.close(handle)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        found = path.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"cannot keep the secret key in {instance}: {error.strerror}. "
            "Make the folder writable, or name another with DIGISENCE_INSTANCE"
        ) from error
    if len(found) < SHORTEST_SECRET:
        raise SettingsError(
            f"{path} holds fewer than {SHORTEST_SECRET} characters: put back what stood in it, or delete it to have "
            "another key made, which ends every sign-in and closes what was encrypted"
        )
    return found


def settings(app: Flask | None = None) -> Settings:
    """The settings of `app` (default: the current one)."""
    found = (app or current_app).config["SETTINGS"]
    assert isinstance(found, Settings)  # noqa: S101
    return found
