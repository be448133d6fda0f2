"""Rate limits: Flask-Limiter on Redis, in memory while Redis is away."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many

from ..config import SettingsError, settings


class Limits(Limiter):
    """Flask-Limiter with its storage taken from the settings."""

    def init_app(self, app: Flask) -> None:
        """Bind to `app`; SettingsError when a limit cannot be understood."""
        try:
            parse_many(settings(app).intake_limit)
        except ValueError as error:
            raise SettingsError("DIGISENCE_INTAKE_LIMIT cannot be used: write 30 per hour; 5 per minute") from error
        url = settings(app).redis_url
        app.config.setdefault("RATELIMIT_STORAGE_URI", url.replace("unix://", "redis+unix://", 1))
        app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", {"socket_timeout": 1, "socket_connect_timeout": 1})
        super().init_app(app)


limiter = Limits(get_remote_address, strategy="moving-window", in_memory_fallback_enabled=True)
