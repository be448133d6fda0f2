"""Who is calling, and may they: a valid token, a live session, the role as the database has it now.

Everything under /api/admin is for superadmins, also what forgets to say so with `@superadmin`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError

from ..accounts import sessions
from ..changes import Context
from ..config import settings
from ..errors import Invalid, Problem, problem_response
from ..extensions import jwt
from ..models.user import SUPER_ADMIN

P = ParamSpec("P")
R = TypeVar("R")

CALLER = "digisence.caller"  # in the request's environ: `g` may outlive a request, as under pytest-flask
LONGEST_MUTATION_ID = 200
PARAMETERS = "digisence_parameters"  # marks a view that reads URL parameters
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="digisence"'}


@dataclass(frozen=True)
class Identity:
    """Who calls: their session as the database has it, and when their token ends (aware, UTC)."""

    session: sessions.Signed
    expires_at: datetime

    @property
    def user_id(self) -> str:
        """The user's id."""
        return self.session.user_id

    @property
    def session_id(self) -> str:
        """The id of their sign-in."""
        return self.session.session_id

    @property
    def role(self) -> str:
        """The user's role, as it is now."""
        return self.session.role

    @property
    def actor(self) -> str:
        """`user:ID`."""
        return f"user:{self.user_id}"


def identity() -> Identity:
    """Who calls. Problem 401 `unauthorized`, `token-expired` or `token-revoked` without a valid token."""
    return request.environ.get(CALLER) or identify()


def identify(*, refresh: bool = False) -> Identity:
    """Check the request's access (or refresh) token against its session, and remember who calls."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":  # in any letters; flask-jwt-extended knows these alone
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {credentials}"
    try:
        verify_jwt_in_request(refresh=refresh)
    except IndexError as error:  # flask-jwt-extended trips over an Authorization header of commas and spaces
        raise Problem(401, "unauthorized", "The Authorization header is malformed.", headers=CHALLENGE) from error
    claims = get_jwt()
    signed = sessions.check(str(claims.get("sid")), claims["sub"])
    if signed is None or (signed.role, signed.stamp) != (claims.get("role"), claims.get("stamp")):
        raise Problem(401, "token-revoked", "This sign-in has ended. Sign in again.", headers=CHALLENGE)
    caller = request.environ[CALLER] = Identity(signed, datetime.fromtimestamp(claims["exp"], UTC))
    structlog.contextvars.bind_contextvars(actor=caller.actor)
    return caller


def require_superadmin() -> Identity:
    """The caller, a superadmin. Problem 401 without a valid token, 403 for others and with a one-time password."""
    caller = identity()
    if caller.role != SUPER_ADMIN:
        raise Problem(403, "forbidden", "Only superadmins may do this.")
    if caller.session.must_change_password:
        raise Problem(403, "password-change-required", "Change the password first: POST /api/auth/password.")
    if settings().require_totp and not caller.session.second_factor:
        raise Problem(403, "second-factor-required", "Set up a second factor first: POST /api/auth/totp.")
    return caller


def superadmin(view: Callable[P, R]) -> Callable[P, R]:
    """Let only superadmins into `view`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        require_superadmin()
        return view(*args, **kwargs)

    return guarded


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let only callers with a valid token into `view`, whatever their role."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        identity()
        return view(*args, **kwargs)

    return guarded


def parameters(view: Callable[P, R]) -> Callable[P, R]:
    """Let `view` read URL parameters itself, also where none are the rule; it must refuse those it does not know."""
    setattr(view, PARAMETERS, True)
    return view


def context() -> Context:
    """Who changes the data and why: the caller, the request's id, the browser's X-Mutation-Id."""
    mutation_id = request.headers.get("X-Mutation-Id")
    if mutation_id and (len(mutation_id) > LONGEST_MUTATION_ID or not mutation_id.isprintable()):
        raise Invalid({"X-Mutation-Id": f"Send at most {LONGEST_MUTATION_ID} printable characters."})
    return Context(identity().actor, g.get("request_id"), mutation_id or None, request.remote_addr)


def init_app(app: Flask) -> None:
    """Close /api/admin to all but superadmins, and give flask-jwt-extended's refusals the house's shape."""
    app.before_request(_close_admin)
    app.register_error_handler(CSRFError, _on_csrf)
    jwt.unauthorized_loader(lambda _reason: _refuse("unauthorized", "Sign in first: POST /api/auth/login."))
    jwt.invalid_token_loader(lambda reason: _refuse("unauthorized", f"The token cannot be used: {reason}."))
    jwt.expired_token_loader(lambda *_: _refuse("token-expired", "Renew it: POST /api/auth/refresh."))


def _close_admin() -> None:
    inside = request.path == "/api/admin" or request.path.startswith("/api/admin/")
    if not inside or request.method == "OPTIONS":  # which tells no more than what methods there are
        return
    require_superadmin()
    view = current_app.view_functions.get(request.endpoint or "")
    plain = request.method in ("GET", "HEAD") and not request.view_args
    if request.args and not plain and not getattr(view, PARAMETERS, False):
        raise Invalid(dict.fromkeys(request.args, "is not known here"), "This call takes no URL parameters.")


def _on_csrf(_error: CSRFError) -> Response:
    cookies = "csrf_access_token (for /api/auth/refresh: csrf_refresh_token)"
    return _refuse("unauthorized", f"Send the value of the cookie {cookies} as X-CSRF-TOKEN.")


def _refuse(code: str, detail: str) -> Response:
    return problem_response(401, code, detail, headers=CHALLENGE)
