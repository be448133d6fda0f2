"""Slugs for rows that bring none: made from the name, no two alike, within the transaction that writes them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from ...changes.context import Unit
from ...models import Record
from ..bulk import among
from ..slugs import base_of
from ..tables import table
from .marks import Mark, Marks
from .verdict import CREATED, Verdict

AHEAD = 50  # numbers that are tried in one look


class Slugs:
    """Remembers how far it has counted, so that ten thousand rows of one name do not begin at 2 each.

    Its marks: `slug` for those given, `counted` for a base, whose number is the next to try, `given` for a row, whose
    owner is the slug: a transaction that has to begin again gives it the same one.
    """

    def __init__(self, model: type[Record], marks: Marks) -> None:
        self._model, self._marks = model, marks

    def give(self, session: Unit, found: Sequence[Verdict]) -> None:
        """Give each that needs one its slug. An exported row without one stays without."""
        if not hasattr(self._model, "slug"):
            return
        for one in found:
            if one.values.get("slug"):
                self._give(one.values["slug"])
        bases = {id(one): base_of(self._model, str(self._title(one))) for one in found if self._needs(one)}
        taken = self._taken(session, [base for base in bases.values() if not self._marks.has("counted", base)])
        for one in found:
            if id(one) in bases:
                one.values["slug"] = self._again(session, one) or self._fresh(session, bases[id(one)], taken)
                self._marks.put("given", str(one.entry.place), Mark(0, 0, one.values["slug"]))

    def _again(self, session: Unit, one: Verdict) -> str | None:
        before = self._marks.get("given", str(one.entry.place))
        return before.owner if before and before.owner and not self._taken(session, [before.owner]) else None

    @staticmethod
    def _needs(one: Verdict) -> bool:
        slug = one.values.get("slug", "absent")
        return slug == "" or (one.kind == CREATED and slug is None and not one.entry.exact)

    def _title(self, one: Verdict) -> str:
        return str(one.values.get(self._model.__title__) or one.entry.values.get(self._model.__title__) or "")

    def _taken(self, session: Unit, slugs: Sequence[str]) -> set[str]:
        column = table(self._model).c.slug
        return set(session.execute(select(column).where(among(column, slugs))).scalars()) if slugs else set()

    def _fresh(self, session: Unit, base: str, taken: set[str]) -> str:
        counted = self._marks.get("counted", base)
        first = counted.number if counted else 2
        if counted is None:
            if base not in taken and not self._marks.has("slug", base):
                self._count(base, first)
                return self._give(base)
            first = max(2, self._so_many(session, base))
        while True:
            tried = [f"{base}-{number}" for number in range(first, first + AHEAD)]
            there = self._taken(session, tried)
            there |= {slug for slug in tried if self._marks.has("slug", slug)}
            free = next((first + at for at, slug in enumerate(tried) if slug not in there), None)
            first = first + AHEAD if free is None else free + 1
            if free is not None:
                self._count(base, first)
                return self._give(f"{base}-{free}")

    def _give(self, slug: str) -> str:
        self._marks.put("slug", slug, Mark(0, 0))
        return slug

    def _count(self, base: str, following: int) -> None:
        self._marks.put("counted", base, Mark(following, 0))

    def _so_many(self, session: Unit, base: str) -> int:
        """How many have such a slug: counting on from there finds a free one soon."""
        column = table(self._model).c.slug
        query = select(func.count()).where(column.startswith(f"{base}-", autoescape=True))
        return int(session.execute(query).scalar_one())
