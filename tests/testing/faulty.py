"""Rules that break the contract, each in one way."""

from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field
from sqlalchemy import text

from digisence.integrity.rule import Query, Rule, rule


class Refused(BaseModel):
    """A default that its own schema refuses."""

    least: int = Field(5, le=3)


def declare(name: str, find: Any, **more: Any) -> Rule:
    """A rule about businesses without a website; it explains itself unless told not to."""
    explained = more.pop("explained", True)
    made = rule(name, api=1, resource="businesses", severity="low", title="Without a website", **more)(find)
    if explained:
        made.explain(lambda record: f"{record.name} has no website")
    return made


def bare(q: Query, *more: Any) -> Any:
    """Businesses without a website, for which all of `more` holds."""
    return q.select(q.businesses.id).where(q.businesses.website.is_(None), *more)


def each_with_each(q: Query) -> Any:
    """Compares every business with every user."""
    same = q.func.lower(q.users.email) == q.func.lower(q.businesses.email)
    return bare(q, ~q.exists(same))


good = declare("good", bare)
silent = declare("silent", bare, explained=False)
blank = declare("blank", bare, explained=False)
blank.explain(lambda _record: " ")
greedy = declare("greedy", lambda q: q.select(q.businesses.id))
blind = declare("blind", lambda q: bare(q, q.businesses.name == "Nobody"))
moody = declare("moody", lambda q: bare(q, q.businesses.id != str(uuid4())))
slow = declare("slow", each_with_each)
dialect = declare("dialect", lambda q: bare(q, q.func.strftime("%Y", q.businesses.created_at) > "1999"))
raising = declare("raising", lambda q: bare(q, q.func.lower(q.users.phone)))
writing = declare("writing", lambda q: bare(q, text("nextval('x') > 0")))
refused = declare("refused", bare, settings=Refused)
eager = declare("eager", bare, grace="0s")
