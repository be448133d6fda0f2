"""flask-smorest: the wire's validation and the OpenAPI document, which is written when somebody first asks for it."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import INCLUDE, Schema, fields

PROBLEM_TYPE = "application/problem+json"
CONFIG = {
    "API_TITLE": "digisence",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class ProblemField(Schema):
    """A field, filter or parameter at fault."""

    field = fields.String(required=True, metadata={"example": "email"})
    message = fields.String(required=True, metadata={"example": "Write an e-mail address as anna@example.org."})


class ProblemSchema(Schema):
    """Every error: application/problem+json (RFC 9457). For the documentation: `digisence.errors` writes them."""

    class Meta:
        unknown = INCLUDE  # some say more, as `state` or `clashes`

    type = fields.String(required=True, metadata={"example": "urn:digisence:problem:invalid"})
    title = fields.String(required=True, metadata={"example": "Invalid"})
    status = fields.Integer(required=True, metadata={"example": 422})
    detail = fields.String(required=True, metadata={"example": "Some fields are not valid."})
    code = fields.String(required=True, metadata={"example": "invalid", "description": "A stable word"})
    requestId = fields.String(required=True, allow_none=True)
    errors = fields.List(fields.Nested(ProblemField), required=True)
    current = fields.Dict(metadata={"description": "With 412: the record as it is now"})


class Interface(Api):  # type: ignore[misc]
    """flask-smorest's Api; errors keep the house's shape, see `digisence.errors`."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self) -> None:
        self._spec: Any = None
        self._untold: list[Callable[[], object]] = []
        self._telling = threading.RLock()
        super().__init__()

    @property
    def spec(self) -> Any:
        """The OpenAPI document, an APISpec: most processes never show it, and nothing takes longer to write."""
        with self._telling:
            while self._untold:
                self._untold.pop(0)()
        return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        self._untold.clear()
        self._spec = spec

    def register_blueprint(self, blp: Blueprint) -> None:
        """Open the blueprint's doors now; tell of them in the document once it is read."""
        app = self._app
        app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        app.register_blueprint(blp)
        self._untold.append(lambda: self._tell(app, blp))

    def _tell(self, app: Flask, blp: Blueprint) -> None:
        blp.register_views_in_doc(self, app, self._spec, name=blp.name, parameters=None)
        self._spec.tag({"name": blp.name, "description": blp.description})

    def init_app(self, app: Flask, *, spec_kwargs: dict[str, object] | None = None) -> None:
        """Bind to `app`."""
        for key, value in CONFIG.items():
            app.config.setdefault(key, value)
        super().init_app(app, spec_kwargs=spec_kwargs)

    def _register_responses(self) -> None:
        """Document the refusals that every operation shares under the media type they have."""
        usual: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

    def _register_error_handlers(self) -> None:
        """Errors are `digisence.errors`' matter."""


api = Interface()
