"""Websites that lead nowhere, as their spelling shows: nobody is asked, no address is looked up."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, case, or_

from digisence.integrity.rule import Query, rule

from .stages import stage

SCHEMES = ("https://", "http://")
IN_A_HOST = "abcdefghijklmnopqrstuvwxyz0123456789.-"
ASCII = "".join(map(chr, range(32, 127)))  # other letters may stand in a host, too: that is not for us to judge
ENDS = ("/", "?", "#", ":")  # what ends a host


class Web(BaseModel):
    """What counts as nowhere."""

    model_config = ConfigDict(extra="forbid")

    reserved: list[str] = Field(
        ["example", "example.com", "example.net", "example.org", "invalid", "local", "localhost", "test"],
        title="Domains that lead nowhere",
        description="Reserved names (RFC 2606, RFC 6762); whatever ends in one of them is a dead end",
    )


@rule(
    "business-website", api=1, resource="businesses", severity="low", settings=Web,
    title="Business whose website leads nowhere",
)  # fmt: skip
def business_website(q: Query) -> Select[Any]:
    """Businesses whose link nobody can follow."""
    return _dead_ends(q, q.businesses)


@rule(
    "professional-website", api=1, resource="professionals", severity="low", settings=Web,
    title="Professional whose website leads nowhere",
)  # fmt: skip
def professional_website(q: Query) -> Select[Any]:
    """Professionals whose link nobody can follow."""
    return _dead_ends(q, q.professionals)


@business_website.explain
@professional_website.explain
def why_dead_end(record: Any) -> str:
    """In a sentence."""
    return f"{record.website}, the website of {record.name}, can lead nobody anywhere"


def _dead_ends(q: Query, profile: Any) -> Select[Any]:
    """The keys of profiles with a website that nobody reaches."""
    address = q.func.lower(q.func.trim(profile.website))
    beyond = case(
        *((address.startswith(scheme), q.func.substr(address, len(scheme) + 1)) for scheme in SCHEMES), else_=address
    )
    whole = stage("whole", q.select(profile.id, beyond.label("text")).where(address != ""))
    # What may stand in a host goes from the left, on both databases; what is left begins with the first other sign
    rest = q.func.ltrim(whole.c.text, IN_A_HOST)
    host = q.func.substr(whole.c.text, 1, q.func.length(whole.c.text) - q.func.length(rest))
    cut = stage("cut", q.select(whole.c.id, host.label("host"), q.func.substr(rest, 1, 1).label("sign")))
    ended = or_(cut.c.sign == "", cut.c.sign.in_(ENDS))
    wrong = and_(~ended, cut.c.sign.in_(list(ASCII)))
    return q.select(cut.c.id).where(or_(wrong, and_(ended, _nowhere(q, cut.c.host))))


def _nowhere(q: Query, host: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(
        host.not_like("%_._%"),  # one word, or a dot at its end
        q.func.ltrim(host, "0123456789.") == "",  # an address of a machine: what is meant for people has a name
        *(host.startswith(sign) for sign in ".-"),
        *(host.contains(pair) for pair in ("..", ".-", "-.")),
        host.in_(sorted(q.settings.reserved)),
        *(host.endswith(f".{name}", autoescape=True) for name in sorted(q.settings.reserved)),
    )
