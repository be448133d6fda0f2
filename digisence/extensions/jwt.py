"""Tokens: flask-jwt-extended, by bearer header or by cookie with CSRF header."""

from datetime import timedelta

from flask import Flask
from flask_jwt_extended import JWTManager

from ..config import settings


class Tokens(JWTManager):
    """flask-jwt-extended with our lives, places and cookies. Who may use a token is told by `blueprints.guard`."""

    def init_app(self, app: Flask, add_context_processor: bool = False) -> None:
        """Bind to `app`."""
        chosen = settings(app)
        app.config.update(
            JWT_SECRET_KEY=chosen.secret_key,
            JWT_TOKEN_LOCATION=["headers", "cookies"],
            JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=chosen.access_minutes),
            JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=chosen.session_days),
            JWT_COOKIE_SECURE=chosen.public_url.startswith("https://"),
            JWT_COOKIE_SAMESITE="Lax",
            JWT_COOKIE_CSRF_PROTECT=True,
            JWT_ACCESS_COOKIE_PATH="/api",
            JWT_REFRESH_COOKIE_PATH="/api/auth",
            JWT_SESSION_COOKIE=False,
        )
        super().init_app(app, add_context_processor)


jwt = Tokens()
