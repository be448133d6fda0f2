"""Phones that cannot be: letters, an unknown country, too many digits or too few for theirs."""

from functools import reduce
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, Select, String, and_, case, cast, or_

from digisence.integrity.rule import Query, rule

from .numbering import national, possible
from .stages import stage

DIGITS = "0123456789"
# What people put between digits, the no-break space and the longer dashes among it
BETWEEN = (" ", "-", ".", "\u00a0", "\u2010", "\u2011", "\u2013", "(0)", "(", ")", "[", "]", "~")
MARKS = "ext:#;=,/"  # what people put before an extension or a second number


class Home(BaseModel):
    """Where numbers without a calling code belong."""

    model_config = ConfigDict(extra="forbid")

    country: str = Field(
        "IN", pattern="^[A-Za-z]{2}$", title="Country", description="Of numbers without a calling code, in two letters"
    )

    @field_validator("country")
    @classmethod
    def known(cls, country: str) -> str:
        """A country that has numbers."""
        national(country)
        return country.upper()


@rule(
    "business-phone", api=1, resource="businesses", severity="low", settings=Home,
    title="Business whose phone cannot be a phone number",
)  # fmt: skip
def business_phone(q: Query) -> Select[Any]:
    """Businesses that nobody can call."""
    return _impossible(q, q.businesses)


@rule(
    "professional-phone", api=1, resource="professionals", severity="low", settings=Home,
    title="Professional whose phone cannot be a phone number",
)  # fmt: skip
def professional_phone(q: Query) -> Select[Any]:
    """Professionals whom nobody can call."""
    return _impossible(q, q.professionals)


@business_phone.explain
@professional_phone.explain
def why_impossible(record: Any) -> str:
    """In a sentence."""
    return f"{record.phone} is no phone number of {record.name}: no country has numbers of that form"


def _impossible(q: Query, profile: Any) -> Select[Any]:
    """The keys of profiles with a phone that no country has."""
    bare: Any = reduce(lambda text, sign: q.func.replace(text, sign, ""), BETWEEN, q.func.lower(profile.phone))
    written = stage("written", q.select(profile.id, bare.label("text")).where(q.func.trim(profile.phone) != ""))
    first = stage("first", q.select(written.c.id, _first(q, written.c.text).label("text")))
    text = first.c.text
    abroad = case((text.startswith("+"), q.func.substr(text, 2)), (text.startswith("00"), q.func.substr(text, 3)))
    dialled = stage("dialled", q.select(first.c.id, abroad.label("abroad"), text.label("home")))
    number = q.func.coalesce(dialled.c.abroad, dialled.c.home)
    known = case((dialled.c.abroad.is_not(None), _abroad(q, dialled.c.abroad)), else_=_home(q, dialled.c.home))
    return q.select(dialled.c.id).where(or_(q.func.ltrim(number, DIGITS) != "", ~known))


def _first(q: Query, text: ColumnElement[str]) -> ColumnElement[str]:
    """Without an extension or a second number: what is before the last mark, where only digits follow it."""
    stem = q.func.rtrim(text, DIGITS)
    before = q.func.rtrim(stem, MARKS)
    return case((before != stem, before), else_=text)


def _abroad(q: Query, number: ColumnElement[str]) -> ColumnElement[bool]:
    """Its calling code has numbers of that length."""
    length = cast(q.func.length(number), String)
    return or_(
        *(
            q.func.substr(number, 1, width).concat(":").concat(length).in_(sorted(pairs))
            for width, pairs in sorted(possible().items())
        )
    )


def _home(q: Query, number: ColumnElement[str]) -> ColumnElement[bool]:
    """At home they have that length, with the trunk prefix, the calling code or neither."""
    ways = sorted(national(q.settings.country).items())
    return or_(
        *(and_(number.startswith(prefix), q.func.length(number).in_(sorted(some))) for prefix, some in ways if prefix),
        *(q.func.length(number).in_(sorted(some)) for prefix, some in ways if not prefix),
    )
