"""One readable log for many processes: time, name of the part, line; coloured on a terminal."""

import os
import stat
import sys
from datetime import datetime
from typing import IO, Any, NoReturn

import click
import orjson

from ..clock import to_wire, utcnow

NAME_WIDTH = 9
COLOURS = ("cyan", "green", "magenta", "blue", "yellow", "bright_cyan", "bright_green")


class Console:
    """Prints whole lines; `OWN` is the supervisor's own voice. With `as_json` each is an object."""

    OWN = "up"

    def __init__(self, out: IO[str] | None = None, *, as_json: bool = False) -> None:
        self._out = out or sys.stdout
        self._as_json = as_json
        self.broken = False  # True once nobody reads any more
        self._coloured = self._out.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, str] = {self.OWN: "white"}

    def line(self, part: str, text: str) -> None:
        """Print one line of `part`."""
        if self._as_json:
            self._tell(part, **_read(text))
            return
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        colour = self._colours.setdefault(part, COLOURS[len(self._colours) % len(COLOURS)])
        head = click.style(f"{part:<{NAME_WIDTH}}|", fg=colour) if self._coloured else f"{part:<{NAME_WIDTH}}|"
        self._write(f"{now} {head} {text}\n")

    def say(self, text: str) -> None:
        """Something the supervisor has to say."""
        self.line(self.OWN, text)

    def banner(self, lines: list[str], **facts: str) -> None:
        """Lines that must catch the eye; for a program, the `facts` in them."""
        if self._as_json:
            self._tell(self.OWN, **facts)
            return
        width = max(map(len, lines))
        rule = "─" * (width + 4)
        framed = [f"┌{rule}┐", *(f"│  {line:<{width}}  │" for line in lines), f"└{rule}┘"]
        self._write("\n".join(["", *framed, "", ""]))

    def _tell(self, part: str, **facts: Any) -> None:
        self._write(orjson.dumps({"at": to_wire(utcnow()), "part": part, **facts}).decode() + "\n")

    def _write(self, text: str) -> None:
        if self.broken:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self.broken = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())  # or the interpreter's last flush fails


def _read(text: str) -> dict[str, Any]:
    """A line for a program: what it says if it is JSON itself, else its words."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        said = None
    return {"log": said} if isinstance(said, dict) else {"line": text}


def secret_channel() -> IO[str] | None:
    """Where a secret may be printed: a terminal or a pipe, never a file. None when all there is are files."""
    for stream in (sys.stdout, sys.stderr):
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return stream
    try:
        return open("/dev/tty", "w", encoding="utf-8")
    except OSError:
        return None


def leave_at_once() -> NoReturn:
    """End the process, all well, without the interpreter's farewell: on a busy machine that takes seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
