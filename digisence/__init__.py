"""digisence: a superadmin's view of a business directory, kept true."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(*, doors: bool = True, **overrides: Any) -> "Flask":
    """The application. `overrides` are settings by field name (`database_url=…`), above the environment.

    Without `doors` it answers no HTTP: enough for a command or a worker, and there in half the time.
    Raises SettingsError when a setting cannot be used. Nothing connects before the first request or command.
    """
    from flask import Flask

    from . import changes, cli, errors, extensions, jobs, logs, mail
    from .config import load_settings

    settings = load_settings(**overrides)
    app = Flask(__name__, instance_path=str(settings.instance), static_folder=None)
    app.url_map.merge_slashes = False  # an address that is not ours is a 404, not a way to one that is
    app.config.update(SETTINGS=settings, SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=settings.max_body_bytes)
    for part in (logs, errors, extensions, changes, mail, jobs, cli):
        part.init_app(app)
    if doors:
        from . import blueprints

        blueprints.init_app(app)
    return app
