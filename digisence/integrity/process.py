"""Which process a run lives in, so that whoever waits for it on the same machine knows at once that it died."""

import os
import socket
from functools import cache
from pathlib import Path

ENDED = ("Z", "X")  # a zombie, a corpse: killed, and not yet collected by its parent


def here() -> str:
    """The name of this process: `host:pid`, and where the kernel tells it, what makes that unmistakable."""
    told = _told(os.getpid())
    name = f"{socket.gethostname()}:{os.getpid()}"
    return f"{name}@{_place()}/{told[1]}" if _place() and told else name


def gone(name: str | None) -> bool:
    """True when the process so named is surely dead. False when it lives, or lived on another machine, in another
    container, or where the kernel does not tell.
    """
    label, _, where = (name or "").partition("@")
    place, _, born = where.partition("/")
    if not born or place != _place():
        return False
    pid = int(label.rpartition(":")[2])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's: it lives, and whether the number was used again cannot be seen
        return False
    told = _told(pid)
    return told is not None and (told[0] in ENDED or told[1] != born)


@cache
def _place() -> str:
    """This boot of this kernel, and the namespace in which its process numbers count; empty where that is not told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _told(pid: int) -> tuple[str, str] | None:
    """State and time of birth of a process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return after_name[0], after_name[19]
