"""The doors: one file a resource or concern, each exposing its blueprint as `blp`."""

from importlib import import_module

from flask import Flask
from flask_smorest import Blueprint

from ..extensions import api

# Not doors but what stands before each of them, in this order: headers and request ids, tokens, bodies
PORTERS = ["security", "guard", "bodies"]

BLUEPRINTS = [
    "auth",
    "passwords",
    "totp",
    "health",
    "users",
    "people",
    "businesses",
    "professionals",
    "categories",
    "inquiries",
    "business_listing_inquiries",
    "registration_inquiries",
    "mails",
    "intake",
    "transfer",
    "quarantine",
    "audit",
    "bulk",
    "analytics",
    "integrity",
    "selftest",
    "sync",
    "jobs",
    "stream",
    "realtime",
    "presence",
    "docs",
    "panel",
]


def init_app(app: Flask) -> None:
    """Set up the porters, then register every blueprint; those of flask-smorest join the OpenAPI document."""
    for name in PORTERS:
        import_module(f"{__name__}.{name}").init_app(app)
    for name in BLUEPRINTS:
        blueprint = import_module(f"{__name__}.{name}").blp
        (api if isinstance(blueprint, Blueprint) else app).register_blueprint(blueprint)
