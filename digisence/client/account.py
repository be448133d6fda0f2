"""A sign-in that lasts: give it to `follow` as the token, and the stream outlives every access token."""

import contextlib
import ssl
import time
from http.cookies import SimpleCookie
from typing import Any, Self

import orjson

from .errors import Refused, SignedOut
from .line import Line, Place, place
from .problem import problem

REFRESH_COOKIE = "refresh_token_cookie"
SPARE = 0.25  # of a token's life: with less left it is renewed


class Account:
    """Signed in at `url` until it is closed; call it for an access token that is good for a while yet.

    Raises SignedOut when e-mail, password or second factor are wrong, or the session has ended; Refused; OSError when
    the server is away or overrun.
    """

    def __init__(
        self, url: str, email: str, password: str, totp: str | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        self._place: Place = place(url)
        self._context = context
        told = {"email": email, "password": password, **({"totp": totp} if totp else {})}
        reply, cookies = self._ask("login", body=orjson.dumps(told))
        self._take(reply)
        self._renewal = cookies[REFRESH_COOKIE].value if REFRESH_COOKIE in cookies else ""

    def __call__(self) -> str:
        """An access token."""
        if time.time() >= self._renew_at:  # the clock on the wall: a machine that slept slept for the token, too
            self._take(self._ask("refresh", self._renewal)[0])
        return self._token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Sign out; where the server cannot be reached, the session ends by its age."""
        with contextlib.suppress(OSError, SignedOut):
            self._ask("logout", self._renewal)

    def _take(self, reply: Any) -> None:
        self._token = str(reply["accessToken"])
        self._renew_at = time.time() + float(reply["expiresIn"]) * (1 - SPARE)

    def _ask(self, call: str, token: str = "", body: bytes = b"{}") -> tuple[Any, SimpleCookie]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        line = Line(self._place, f"/api/auth/{call}", headers, method="POST", body=body, context=self._context)
        with contextlib.closing(line):
            if line.status in (200, 204):
                content = line.rest()
                return orjson.loads(content) if content else None, line.cookies
            detail, code = problem(line)
            if line.status == 401:
                raise SignedOut(detail, code)
            if line.status == 429 or line.status >= 500:
                raise ConnectionError(detail)
            raise Refused(detail, code)
