"""The code blocks of the guide to deployment, as files of a machine of the test's own."""

import configparser
import re
import shlex
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "deploy.md"
BINARIES = Path(sys.executable).parent


def block(path: str, changes: Mapping[str, str] | None = None) -> str:
    """The block that begins with a comment naming `path`, with each of `changes` made; each must apply."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    [found] = [text for text in blocks if re.match(rf"# {re.escape(path)}\b", text)]
    for old, new in (changes or {}).items():
        assert old in found, f"{path} says nothing of {old!r}"
        found = found.replace(old, new)
    return str(found)


def command(unit: str, instance: str) -> list[str]:
    """How systemd would start an instance of a unit, with the binaries of this environment."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(block(f"/etc/systemd/system/{unit}"))
    line = parser["Service"]["ExecStart"].replace("%i", instance).replace("/opt/digisence/bin", str(BINARIES))
    return shlex.split(line.replace("()", "'()'"))


def reserved() -> socket.socket:
    """A port that nobody else is given while this socket is open; a server may listen on it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("", 0))
    return held
