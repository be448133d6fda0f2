"""What processes cost, in the kernel's own numbers: CPU in nanoseconds, private memory, threads, wake-ups."""

import ctypes
import os
import resource
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

_libc = ctypes.CDLL(None, use_errno=True)


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds of these processes so far, ended threads included. OSError when one is gone."""
    total = 0.0
    for pid in pids:
        clock = ctypes.c_int()
        if failed := _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
            raise OSError(failed, os.strerror(failed), str(pid))
        total += time.clock_gettime(clock.value)
    return total


def memory(pids: Iterable[int]) -> int:
    """Private bytes (USS)."""
    return sum(psutil.Process(pid).memory_full_info().uss for pid in pids)


def threads(pids: Iterable[int]) -> int:
    """Threads."""
    return sum(psutil.Process(pid).num_threads() for pid in pids)


def handles(pids: Iterable[int]) -> int:
    """Open file descriptors."""
    return sum(psutil.Process(pid).num_fds() for pid in pids)


def wakes(pid: int) -> dict[int, int]:
    """How often each thread went to sleep by itself, and so woke up, so far (voluntary context switches)."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())
        found[int(task.name)] = int(status["voluntary_ctxt_switches"])
    return found


def allow_files(count: int) -> None:
    """Let this process and those it starts open `count` files. SystemExit, with the cure, where that is refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(count, soft)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, OSError):
        raise SystemExit(f"{count} open files are needed and {hard} allowed: `ulimit -Hn {count}` as root") from None
