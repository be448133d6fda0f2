"""The JSON that comes in and goes out: refused early when it cannot be read, written by orjson."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, ParamSpec, TypeVar

import orjson
from flask import Flask, Response, current_app, request
from flask.json.provider import JSONProvider
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

from ..clock import to_wire
from ..errors import Invalid, Problem
from .security import is_api

P = ParamSpec("P")
R = TypeVar("R")

FILES = "digisence_files"  # marks a view that takes files
NUL = "holds a NUL character (\\u0000)"
NAMED, LONGEST_PATH = 20, 200  # so many places are told of, each in so many characters
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class Json(JSONProvider):
    """orjson; times in the house's form."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """`obj` as text."""
        return self._encode(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """The value of a text. Raises orjson.JSONDecodeError, a ValueError."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A reply whose body is the argument."""
        body = self._encode(self._prepare_response_obj(args, kwargs))
        return current_app.response_class(body, mimetype="application/json")

    @staticmethod
    def _encode(value: Any) -> bytes:
        return orjson.dumps(value, default=_other, option=OPTIONS)


def init_app(app: Flask) -> None:
    """Use orjson and look at every body that comes to the API."""
    app.json = Json(app)
    app.before_request(_look)


def files(view: Callable[P, R]) -> Callable[P, R]:
    """Let `view` read the request's body itself, whatever its type and size; it must refuse what it cannot use."""
    setattr(view, FILES, True)
    return view


@contextmanager
def arriving() -> Iterator[None]:
    """Read a body in here: 400 when it breaks off before its end, however good what came may look."""
    try:
        yield
    except (ClientDisconnected, ParseException, OSError) as error:  # the last two: of gunicorn, for broken chunks
        raise Problem(400, "bad-request", "The body broke off before its end; nothing was done.") from error


def read(size: int) -> bytes:
    """So many bytes of the body, fewer at its end."""
    with arriving():
        return request.stream.read(size)


def _look() -> None:
    """Refuse what no view can use: too large, packed, no JSON, broken, or with a NUL, which PostgreSQL refuses."""
    if not is_api():
        return
    if "\0" in request.path or "%00" in request.environ.get("QUERY_STRING", ""):
        raise Problem(400, "bad-request", "The address holds a NUL character.")
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, "unsupported-media-type", "Send the body as it is, without a Content-Encoding.")
    if request.content_length is not None:  # have werkzeug count: to gunicorn, where a connection ends the body does
        request.environ.pop("wsgi.input_terminated", None)
    if not getattr(current_app.view_functions.get(request.endpoint or ""), FILES, False):
        _look_at_json()


def _look_at_json() -> None:
    with arriving():
        body = request.get_data()
    if not body:
        return
    if not request.is_json:
        raise Problem(415, "unsupported-media-type", "Send JSON, with Content-Type: application/json.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "invalid-json", f"The body is not valid JSON: {error}.") from error
    if b"\\u0000" in body and (wrong := dict.fromkeys(islice(_nuls(value), NAMED), NUL)):
        raise Invalid(wrong, "A text in the body holds a NUL character (\\u0000); leave it out.")


def _nuls(body: Any) -> Iterator[str]:
    """Where within a JSON value, however deep, a text or a name holds a NUL: dotted, as faults of fields are told.

    Longer paths than LONGEST_PATH characters are told as far as that.
    """
    if isinstance(body, str) and "\0" in body:
        yield "body"
    within = [("", _parts(body))]
    while within:
        place, parts = within[-1]
        found = next(parts, None)
        if found is None:
            within.pop()
            continue
        name, part = found[0].replace("\0", "\ufffd"), found[1]
        beneath = (f"{place}.{name}" if place else name)[:LONGEST_PATH]
        if "\0" in found[0] or (isinstance(part, str) and "\0" in part):
            yield beneath
        within.append((beneath, _parts(part)))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(at), part) for at, part in enumerate(value))


def _other(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_wire(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
