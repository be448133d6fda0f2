"""`digisence up`: the whole product in one terminal."""

import os
import sys
from contextlib import ExitStack

import click
from sqlalchemy import select

from ..config import Settings, settings
from ..extensions.db import db
from ..models import Business
from . import embedded, web
from .console import Console, leave_at_once, secret_channel
from .ground import Door, require_database, sole_owner, wait_for
from .knock import Knock
from .output import Failure, log_option
from .supervisor import Part, Supervisor

REDIS_SECONDS = 10.0
SHELL = [sys.executable, "-P", "-m", "digisence"]
SINGLE = ("worker", "scheduler", "relay")


@click.command("up")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the panel; 0 takes any free one.  [default: 8000]")
@click.option("--host", help="Address to listen on; 0.0.0.0 opens it to the network.  [default: 127.0.0.1]")
@click.option("--demo", is_flag=True, help="Fill an empty directory with one to try things on.")
@log_option
def up(port: int | None, host: str | None, demo: bool, as_json: bool) -> None:
    """Start everything: database, Redis, web, worker, scheduler, relay. Ctrl-C stops it."""
    chosen = settings()
    with ExitStack() as stack:
        stack.enter_context(sole_owner(chosen.instance))
        door = stack.enter_context(Door(host or chosen.host, chosen.port if port is None else port, chosen.public_url))
        as_json = as_json or chosen.log_format == "json"
        supervisor = Supervisor(Console(as_json=as_json))
        stack.callback(supervisor.stop)
        product = Product(chosen, door, supervisor, as_json)
        stack.callback(product.welcome)
        product.redis()
        product.database()
        if demo:
            product.demo()
        supervisor.run(product.start().turn)
    leave_at_once()


class Product:
    """The parts, in the order they start."""

    def __init__(self, chosen: Settings, door: Door, supervisor: Supervisor, as_json: bool = False) -> None:
        self._chosen, self._door, self._supervisor, self._as_json = chosen, door, supervisor, as_json
        self._say = supervisor.console.say
        form = "json" if as_json else "text"
        named = {"INSTANCE": str(chosen.instance), "PORT": str(door.port), "HOST": door.host, "LOG_FORMAT": form}
        own = {f"DIGISENCE_{name}": value for name, value in named.items()}
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **own}
        self._first: tuple[str, str] | None = None

    def redis(self) -> None:
        """A Redis that answers: the configured one, or our own. Failure otherwise."""
        url = self._chosen.redis_url
        if not self._chosen.embedded_redis:
            if not embedded.answers(url):
                raise Failure(
                    f"No Redis answers at {_hidden(url)}. Start it, or unset REDIS_URL to use one of our own."
                )
            return
        part = Part("redis", embedded.command(self._chosen.instance), last=True, hushed=embedded.HUSHED)
        embedded.prepare(self._chosen.instance)
        self._supervisor.start(part)
        turn = self._supervisor.turn
        wait_for(lambda: not part.running or embedded.answers(url), lambda: turn(0.02), REDIS_SECONDS)
        if not (part.running and embedded.answers(url)):
            turn(0.05)
            raise Failure(
                "The embedded Redis did not start; its lines above say why. If it cannot read its data, move "
                f"{self._chosen.instance / 'redis'} away: it holds only what streams replay and jobs that wait."
            )

    def database(self) -> None:
        """Migrate; on the very first start make the superadmin."""
        from flask_migrate import upgrade

        from ..accounts import first_superadmin

        require_database(self._chosen)
        upgrade()
        self._say("the database is up to date")
        if secret_channel() is not None:
            self._first = first_superadmin(self._chosen)
        else:
            self._say("passwords are not printed into files: no superadmin is made now. If there is none yet,")
            self._say("make one with `digisence superadmin create EMAIL`")

    def demo(self) -> None:
        """Fill an empty directory."""
        with db.engine.connect() as connection:
            if connection.execute(select(Business.id).limit(1)).first():
                self._say("the directory is not empty: --demo adds nothing")
                return
        part = Part("demo", [*SHELL, "seed", "demo"], self._environment)
        self._supervisor.start(part)
        while part.running and not self._supervisor.stopping:
            self._supervisor.turn()
        self._supervisor.turn()
        self._supervisor.parts.remove(part)

    def start(self) -> Knock:
        """Web, worker, scheduler, relay; returns what waits for them to be ready."""
        handle = self._door.handle
        served = web.command(handle, self._chosen.web_processes, self._chosen.web_threads)
        self._supervisor.start(Part("web", served, self._environment, handles=(handle,)))
        for name in SINGLE:
            self._supervisor.start(Part(name, [*SHELL, name], self._environment))
        return Knock(self._supervisor, self._door.local, self._ready, self._late)

    def _ready(self) -> None:
        said = [f"digisence is ready:  {self._door.url}", "Ctrl-C stops it."]
        self._supervisor.console.banner(said, event="ready", url=self._door.url)
        self.welcome()

    def _late(self, said: str) -> None:
        self._say(f"not ready yet; {self._door.url}readyz says: {said}")
        self.welcome()

    def welcome(self) -> None:
        """Tell the first superadmin's password, once; before that, and after, do nothing."""
        if self._first is None:
            return
        (email, password), self._first = self._first, None
        said = [f"   e-mail     {email}", f"   password   {password}"]
        end = ["and choose your own password.", "This is shown only once."]
        console = Console(secret_channel(), as_json=self._as_json)
        console.banner(["First start. Sign in with", *said, *end], event="first start", email=email, password=password)


def _hidden(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


commands = [up]
