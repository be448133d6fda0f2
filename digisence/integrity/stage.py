"""Where repairs take place: for real, batch by batch; or rehearsed, in one transaction that is never committed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from ..changes import Context, unit_of_work
from ..changes.context import Unit
from ..config import settings
from .reading import snapshot


class Stage(Protocol):
    """Where to write and where to read."""

    rehearsed: bool

    def unit(self) -> AbstractContextManager[Unit]:
        """A transaction of its own: all of it, or nothing."""

    def reader(self) -> AbstractContextManager[Any]:
        """What executes SELECTs on how things stand."""


class Real:
    """Commits each unit. The relay publishes what it did. Where none lives, this process does, when it tells how far it
    has come: a drain beside it takes the very turns that it needs.
    """

    rehearsed = False

    def __init__(self, context: Context) -> None:
        self._context = context

    def unit(self) -> AbstractContextManager[Unit]:
        """A unit of work."""
        return unit_of_work(self._context, patience=None)

    def reader(self) -> AbstractContextManager[Any]:
        """A read-only snapshot, with a time limit."""
        return snapshot(settings().rule_timeout)


class Rehearsal:
    """Does the very same, within one transaction that ends in a rollback."""

    rehearsed = True

    def __init__(self, session: Unit) -> None:
        self._session = session

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """A savepoint."""
        with self._session.begin_nested():
            yield self._session

    @contextmanager
    def reader(self) -> Iterator[Any]:
        """The same transaction: it sees what was rehearsed so far."""
        yield self._session


class _Over(Exception):
    """The curtain."""


@contextmanager
def stage(context: Context, *, rehearse: bool) -> Iterator[Stage]:
    """The stage for one run's repairs."""
    if not rehearse:
        yield Real(context)
        return
    try:
        with unit_of_work(context, patience=0) as session:
            yield Rehearsal(session)
            raise _Over  # noqa: TRY301 the one way to leave a unit of work without a commit
    except _Over:
        return
