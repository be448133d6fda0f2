"""The mails there are: a file each, the subject on its first line; and how long each is worth sending.

No mail holds a password, and `received`, which goes to whoever a stranger names, holds no word of that stranger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from string import Template

SUBJECT = "Subject: "


@dataclass(frozen=True)
class Kind:
    """`good_for`: after so long its link has ended, and it is not sent any more; None for always."""

    good_for: timedelta | None = None


@dataclass(frozen=True)
class Text:
    """A mail to be read by people."""

    subject: str
    body: str


DAY = timedelta(hours=24)
TEMPLATES: Mapping[str, Kind] = {
    "set-password": Kind(good_for=DAY),
    "invitation": Kind(good_for=DAY),
    "forgotten-password": Kind(good_for=DAY),
    "approved": Kind(),
    "rejected": Kind(),
    "received": Kind(),
}


def render(template: str, values: Mapping[str, str]) -> Text:
    """The mail of that name with `values` filled in. KeyError names a value that is missing."""
    subject, body = _parts(template)
    one_line = {name: " ".join(str(value).split()) for name, value in values.items()}
    return Text(subject.substitute(one_line), body.substitute(values))


def unfilled(template: str) -> Text:
    """The mail of that name with its placeholders, `$name` and the like."""
    subject, body = _parts(template)
    return Text(subject.template, body.template)


@cache
def _parts(template: str) -> tuple[Template, Template]:
    head, _, body = files(__name__).joinpath(f"{template}.txt").read_text(encoding="utf-8").partition("\n\n")
    return Template(head.removeprefix(SUBJECT)), Template(body)
