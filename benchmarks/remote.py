"""A part of a benchmark in a process of its own, so that readers and publisher do not share an interpreter."""

import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]


class Remote:
    """Starts `begin(orders, *handles)` of a module and gives it orders, each with one answer. A context manager."""

    def __init__(self, module: str, *handles: int) -> None:
        self._orders, theirs = Pipe()
        passed = [theirs.fileno(), *handles]
        command = f"from {module} import begin; begin(*{passed})"
        self._process = subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, pass_fds=passed)
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._orders.send(("quit",))
        self._process.wait(10)
        self._orders.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def ask(self, *order: Any) -> Any:
        """Order something by name, with arguments; returns the answer. EOFError when the process has died."""
        self._orders.send(order)
        return self._orders.recv()


def obey(part: object, orders: Connection) -> bool:
    """On the other side: do what is ordered next, by the method of that name; False for `quit`."""
    try:
        name, *arguments = orders.recv()
    except EOFError:
        return False
    if name == "quit":
        return False
    orders.send(getattr(part, name)(*arguments))
    return True
