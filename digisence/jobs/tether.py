"""A process that must not outlive the one that started it, not even after kill -9."""

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.5


def tether(parent: int) -> None:
    """Let this process be killed (SIGKILL) when its parent `parent` dies; at once when it is dead already.

    Call it in the child, from the main thread; it holds through exec. Linux does it in the kernel; elsewhere a
    thread looks twice a second, and does not hold through exec.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="tether").start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
