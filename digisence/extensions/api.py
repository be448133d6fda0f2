"""flask-smorest: the wire's validation and the OpenAPI document."""

from flask import Flask
from flask_smorest import Api

CONFIG = {
    "API_TITLE": "digisence",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class Interface(Api):
    """flask-smorest's Api; errors keep the house's shape, see `digisence.errors`."""

    def init_app(self, app: Flask, *, spec_kwargs: dict[str, object] | None = None) -> None:
        """Bind to `app`."""
        for key, value in CONFIG.items():
            app.config.setdefault(key, value)
        super().init_app(app, spec_kwargs=spec_kwargs)

    def _register_error_handlers(self) -> None:
        """Errors are `digisence.errors`' matter."""


api = Interface()
