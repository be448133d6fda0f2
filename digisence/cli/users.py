"""`digisence users`: who there is, who is signed in, who may do what no role brings."""

import click

from ..accounts import invitations, people, rights, second_factor, sessions
from ..models.grant import RIGHTS
from ..models.user import BUSINESS_ADMIN, ROLES
from .integrity import OPERATOR
from .output import camelled, counted, emit, json_option, table


@click.group("users")
def group() -> None:
    """See users, invite, disable and enable them, end their sessions, grant rights, reset second factors."""


@group.command("list")
@click.option("--role", type=click.Choice(ROLES), help="Users of this role only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@json_option
def listing(role: str | None, limit: int, as_json: bool) -> None:
    """List users by e-mail, with their live sessions and rights."""
    found = rights.listed(role, limit)
    if as_json:
        emit({"items": found})
        return
    columns = ("id", "email", "role", "isActive", "totpSince", "sessions", "rights", "lastLoginAt")
    table(columns, [[", ".join(row[name]) if name == "rights" else row[name] for name in columns] for row in found])


@group.command("invite")
@click.argument("email")
@click.option("--name", help="What they are called.")
@click.option("--role", type=click.Choice(ROLES), default=BUSINESS_ADMIN, show_default=True, help="What they may do.")
@click.option("--again", is_flag=True, help="Mail another link to one who was invited and has no password yet.")
@json_option
def invite(email: str, name: str | None, role: str, again: bool, as_json: bool) -> None:
    """Make an account for EMAIL and mail its owner a link to choose a password: good once, for a day."""
    if again:
        user_id = rights.find(email).id
        invitations.invite_again(user_id, OPERATOR)
    else:
        user_id = invitations.invite(email, name, role, OPERATOR)["id"]
    if as_json:
        emit({"id": user_id, "email": email})
    else:
        click.echo(f"{email} is invited; the mail goes out with the next ones.")


@group.command("disable")
@click.argument("email")
@json_option
def disable(email: str, as_json: bool) -> None:
    """Let the user with EMAIL in no more; every session of theirs ends."""
    ended = people.disable(rights.find(email).id, OPERATOR)
    if as_json:
        emit({"email": email, "endedSessions": ended})
    else:
        click.echo(f"{email} is disabled; {counted(len(ended), 'session')} ended.")


@group.command("enable")
@click.argument("email")
@json_option
def enable(email: str, as_json: bool) -> None:
    """Let the user with EMAIL in again."""
    people.enable(rights.find(email).id, OPERATOR)
    if as_json:
        emit({"email": email})
    else:
        click.echo(f"{email} is enabled.")


@group.command("sessions")
@click.argument("email")
@click.option("--end", is_flag=True, help="End them all.")
@json_option
def show_sessions(email: str, end: bool, as_json: bool) -> None:
    """The live sessions of the user with EMAIL."""
    user = rights.find(email)
    found = sessions.of_user(user.id)
    ended = sessions.revoke_all(user.id, OPERATOR) if end else []
    if as_json:
        emit({"items": camelled(found), "ended": ended})
        return
    columns = ("id", "created_at", "expires_at", "address", "user_agent")
    table(columns, [[row[name] for name in columns] for row in found])
    if end:
        click.echo(f"{counted(len(ended), 'session')} ended.")


@group.command("grant")
@click.argument("email")
@click.argument("right", type=click.Choice(RIGHTS))
@click.option("--revoke", is_flag=True, help="Take it away instead.")
@json_option
def grant(email: str, right: str, revoke: bool, as_json: bool) -> None:
    """Give the user with EMAIL a right. `purge`: forget for good what has been in quarantine for long."""
    changed = (rights.revoke if revoke else rights.grant)(email, right, OPERATOR)
    if as_json:
        emit({"email": email, "right": right, "granted": not revoke, "changed": changed})
    elif revoke:
        click.echo(f"{email} may not {right}{' any more' if changed else ', and never might'}.")
    else:
        click.echo(f"{email} may {right}{'' if changed else ' already'}.")


@group.group("totp")
def totp() -> None:
    """Second factors."""


@totp.command("reset")
@click.argument("email")
@json_option
def reset_totp(email: str, as_json: bool) -> None:
    """Take the second factor of the user with EMAIL away, who lost it; every session of theirs ends."""
    changed = second_factor.reset(rights.find(email).id, OPERATOR)
    if as_json:
        emit({"email": email, "changed": changed})
    else:
        click.echo(f"{email} signs in with the password alone{'' if changed else ' already'}.")


commands: list[click.Command] = [group]
