"""`digisence superadmin`: let somebody in as superadmin."""

import sys

import click

from ..accounts import create_superadmin
from ..changes import Context
from .output import emit, json_option


@click.group("superadmin")
def group() -> None:
    """Make superadmins."""


@group.command("create")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@json_option
def create(email: str, password_stdin: bool, as_json: bool) -> None:
    """Make a superadmin who signs in with EMAIL; asks for the password."""
    user_id = create_superadmin(email, ask_password(password_stdin), Context("system:command-line"))
    if as_json:
        emit({"id": user_id, "email": email})
    else:
        click.echo(f"{email} is a superadmin now (id {user_id}).")


def ask_password(from_stdin: bool, *, confirm: bool = True) -> str:
    """A password, from the first line of standard input or typed at the terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password: pass it with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=confirm))


commands: list[click.Command] = [group]
