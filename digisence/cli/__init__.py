"""The command line: one file a command group, plugged in by name; `digisence …` or `flask --app wsgi …`."""

import sys
import traceback
from collections.abc import Callable
from functools import cache, partial, wraps
from importlib import import_module, metadata
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, FlaskGroup, with_appcontext

from ..changes import settle
from .faults import told
from .output import FAILED, USAGE

# The modules that make up a command, loaded when somebody asks for it; the first has it in its `commands`
COMMANDS: dict[str, tuple[str, ...]] = {
    "up": ("up",),
    "jobs": ("jobs",),
    "worker": ("worker",),
    "scheduler": ("worker",),
    "relay": ("relay",),
    "import": ("legacy", "transfer"),
    "export": ("transfer",),
    "seed": ("seed",),
    "superadmin": ("superadmin",),
    "users": ("users",),
    "doctor": ("doctor",),
    "stream": ("stream",),
    "integrity": ("integrity", "history", "selftest"),
    "selftest": ("selftest",),
    "quarantine": ("quarantine",),
    "audit": ("audit",),
    "analytics": ("analytics",),
    "bulk": ("bulk",),
    "breaker": ("breaker",),
    "sync": ("sync",),
    "plugins": ("plugins",),
}

SECTIONS = {
    "Start here": ("up", "doctor", "selftest", "superadmin", "users", "db"),
    "Fill the directory": ("import", "export", "seed"),
    "Keep it sound": ("integrity", "quarantine", "bulk", "breaker", "sync"),
    "Write rules of your own": ("plugins",),
    "Watch and operate": ("analytics", "audit", "stream", "jobs", "worker", "scheduler", "relay"),
}
MIGRATIONS = "db"
SUMMARIES = {MIGRATIONS: "Migrations: `digisence db upgrade` makes or updates the tables and triggers."}


@cache
def command(name: str) -> click.Command | None:
    """The command called `name`, with the app's context, and faults told in a sentence; None when there is none."""
    if name not in COMMANDS:
        return None
    modules = [import_module(f"{__name__}.{module}") for module in COMMANDS[name]]
    [found] = (one for one in modules[0].commands if one.name == name)
    _give_context(found)
    return told(found)  # type: ignore[no-any-return]


def _give_context(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _give_context(child)
    elif command.callback is not None:
        command.callback = with_appcontext(_settled(command.callback))


def _settled(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A command is done when what it changed is on the feed."""

    @wraps(callback)
    def run(*arguments: Any, **options: Any) -> Any:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        try:
            return callback(*arguments, **options)
        finally:
            settle(app)  # an exit status closes the app's context before we are here

    return run


class Commands(AppGroup):
    """The commands by name, beside what extensions bring, for `flask --app wsgi …` and `app.test_cli_runner()`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command called `name`."""
        return command(name) or super().get_command(ctx, name)


def init_app(app: Flask) -> None:
    """Offer the commands to `flask --app wsgi …` and to `app.test_cli_runner()`."""
    app.cli = Commands(app.name, commands=app.cli.commands)


class Shell(FlaskGroup):
    """Flask's group without Flask's noise: help needs no app, and stands in sections."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted({*COMMANDS, MIGRATIONS})

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The command called `name`."""
        if name != MIGRATIONS:
            return command(name)
        from .schema import group  # Alembic, which no other command waits for

        return group

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what a user wants to do."""
        placed = {name for names in SECTIONS.values() for name in names}
        rest = tuple(name for name in self.list_commands(ctx) if name not in placed)
        for title, names in {**SECTIONS, "More": rest}.items():
            if names:
                with formatter.section(title):
                    formatter.write_dl([(name, _summary(name)) for name in names])


def _summary(name: str) -> str:
    found = command(name)
    return found.get_short_help_str(100) if found else SUMMARIES[name]


def shell() -> Shell:
    """The console script's command group."""
    from .. import create_app

    group = Shell(
        name="digisence",
        create_app=partial(create_app, doors=False),
        add_default_commands=False,
        add_version_option=False,
        load_dotenv=False,
        set_debug_flag=False,
        help=(
            "A superadmin's view of a business directory, kept true.\n\n"
            "The first five minutes: `digisence up` starts everything and tells how to sign in; "
            "`digisence import legacy DIR` brings the old data, `digisence seed demo` brings some to try. "
            "Every command takes --help.\n\n"
            "Exit codes: 0 all well, 1 findings or failures in the data, 2 warnings only, "
            "3 the engine failed, 64 bad usage."
        ),
    )
    group.params = []  # --app, --debug and --env-file are Flask's; this program is one app
    return click.version_option(_version(), prog_name="digisence", message="%(prog)s %(version)s")(told(group))


def _version() -> str:
    try:
        return metadata.version("digisence")
    except metadata.PackageNotFoundError:
        return "from a source tree that is not installed"


def main() -> None:
    """The console script `digisence`."""
    try:
        sys.exit(shell().main(prog_name="digisence", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE if isinstance(error, click.UsageError) else error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except Exception:  # noqa: BLE001 a bug of ours: shown whole, and told apart from findings
        traceback.print_exc()
        sys.exit(FAILED)
