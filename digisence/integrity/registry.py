"""Which rules there are: listed from the entry points' metadata, our own loaded here, others asked in a child.

A rule that cannot be had is a broken check, never an absence: its row says why, and the others run on.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..clock import to_wire
from ..records.schema import plain
from .isolation import RuleBroken, ask, writable
from .loading import Description, describe, find_rules, invalid_settings
from .predicate import BadSelect, Predicate, checked, from_sql
from .query import Query
from .rule import QUARANTINE, RELINK, Rule

GROUP = "digisence.rules"
OWN = "digisence"
NOT_INSTALLED = "digisence is not installed, so its own rules are not found: run `pip install` again"
NOT_OFFERED = "but no installed distribution of that name offers rules: install it, or mend the setting's spelling"
_others: dict[Path, tuple[int, int, int]] = {}  # distributions without rules, by the state of their entry points
SEED = ("orphaned_user", "missing_business", "missing_professional")  # keep their bare names, and act from the start


@dataclass(frozen=True)
class Source:
    """An entry point and the distribution that offers it."""

    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def id(self) -> str:
        """The id under which it is listed when it does not load."""
        return f"{self.distribution}.{self.entry_point.name}"


MISSING = Source(OWN, "", EntryPoint("core", "digisence.integrity.checks", GROUP))


@dataclass(frozen=True)
class Registered:
    """A rule with its origin. `rule` is None for a third party's: its code is only ever run in a child process."""

    id: str
    source: Source
    about: Description
    rule: Rule | None = field(default=None, repr=False)

    @property
    def mode(self) -> str:
        """How a check begins: the three core ones act, any other observes until a superadmin promotes it."""
        return "act" if self.id in SEED else "observe"

    @property
    def order(self) -> tuple[int, str]:
        """What mends comes before what sets aside: a relinked business gives its admin back what it was missing."""
        return ({RELINK: 0, QUARANTINE: 2}.get(self.about.remedy, 1), self.id)

    def predicate(self, now: datetime, dialect: str, settings: Any, seconds: float) -> Predicate:
        """The rule's SELECT, proved to be one. RuleBroken when it is not to be had."""
        if self.rule is None:
            question = {"rule": self.about.name, "now": to_wire(now), "dialect": dialect, "settings": settings}
            return from_sql(self.about.resource, self._ask("compile", seconds, **question), self.about.remedy)
        try:
            chosen = self.rule.settings.model_validate(settings or {}) if self.rule.settings else None
            return checked(self.about.resource, self.rule(Query(now, chosen)), self.about.remedy)
        except ValidationError as error:
            raise RuleBroken(invalid_settings(error)) from error
        except BadSelect as error:
            raise RuleBroken(str(error)) from error
        except Exception as error:  # a rule is anybody's code: what it raises is its own fault
            raise RuleBroken(f"{type(error).__name__}: {error}") from error

    def explain(self, records: Sequence[tuple[Any, dict[str, Any]]], seconds: float) -> list[str]:
        """A sentence for each record, given as (row, its public JSON form). RuleBroken when the rule cannot."""
        if self.rule is None:
            return [
                str(text)
                for text in self._ask("explain", seconds, rule=self.about.name, records=[wire for _, wire in records])
            ]
        try:
            return [self.rule.why(row) for row, _ in records]
        except Exception as error:
            raise RuleBroken(f"its explanation raised {type(error).__name__}: {error}") from error

    def _ask(self, command: str, seconds: float, **question: Any) -> Any:
        entry = self.source.entry_point
        return ask({"command": command, "name": entry.name, "value": entry.value, **question}, seconds)


@dataclass(frozen=True)
class Survey:
    """What was found: rules by id, by id what is broken about entry points, and the distributions left out."""

    rules: dict[str, Registered]
    broken: dict[str, tuple[Source, str]]
    left_out: frozenset[str] = frozenset()


def sources() -> list[Source]:
    """Every entry point of the group, from metadata alone; nothing is imported. Of a distribution that is there twice
    the first on the path counts.
    """
    return _read_metadata()[0]


def _read_metadata() -> tuple[list[Source], dict[str, tuple[Source, str]]]:
    """The entry points, and what is broken about the metadata of others: one bad file shall not hide the rest."""
    found: dict[str, list[Source]] = {}
    broken: dict[str, tuple[Source, str]] = {}
    for distribution in distributions():
        if _without_rules(distribution):
            continue
        name, version = "", ""
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if GROUP not in text:
                continue
            name, version = _identity(distribution)
            plain(text)
            entries = distribution.entry_points.select(group=GROUP)
            found.setdefault(name, [Source(name, version, entry) for entry in entries])
        except Exception as error:  # noqa: BLE001 whatever stands in that file
            told = f"its entry_points.txt cannot be read: {type(error).__name__}: {error}"
            name = name or _folder(distribution)
            broken.setdefault(name, (Source(name, version, EntryPoint("", "", GROUP)), writable(told)))
    listed = {(source.id, source.entry_point.value): source for offered in found.values() for source in offered}
    return sorted(listed.values(), key=lambda source: source.id), broken


def _without_rules(distribution: Distribution) -> bool:
    """True where there are no entry points, or they were read before, held none of ours, and are as they were."""
    path = getattr(distribution, "_path", None)
    if not isinstance(path, Path):
        return False
    try:
        about = (path / "entry_points.txt").stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    state = (about.st_mtime_ns, about.st_size, about.st_ino)
    if _others.get(path) == state:
        return True
    with suppress(OSError, ValueError):
        if GROUP not in (distribution.read_text("entry_points.txt") or ""):
            _others[path] = state
            return True
    return False


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Normalised name, and version. What is half gone keeps its entry points, but has no metadata to ask."""
    try:
        names, versions = (distribution.metadata.get_all(header) or [] for header in ("Name", "Version"))
    except UnicodeDecodeError:
        names, versions = [], []
    return normalised(writable([*names, _folder(distribution)][0])), writable([*versions, ""][0])


def _folder(distribution: Distribution) -> str:
    path = str(getattr(distribution, "_path", "unknown"))
    return normalised(writable(path.rpartition("/")[2].partition("-")[0]))


def normalised(name: str) -> str:
    """A distribution's name as its rules carry it: `Acme_Rules` is `acme-rules`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def survey(seconds: float, allowed: Collection[str] = (), between: Callable[[], object] = lambda: None) -> Survey:
    """Load every entry point, each given `seconds`. Two rules with one id are both refused.

    `allowed`: the distributions that may be loaded besides our own; none named: all. `between` is called before each.
    """
    rules: dict[str, Registered] = {}
    twice: set[str] = set()
    everything, broken = _read_metadata()
    found, broken = _chosen(everything, broken, allowed)
    for source in found:
        between()
        try:
            offered = list(_offered(source, seconds))
        except Exception as error:  # noqa: BLE001 whatever an import raises makes this entry point broken, and no other
            text = str(error) if isinstance(error, RuleBroken) else f"{type(error).__name__}: {error}"
            broken[source.id] = (source, writable(f"it did not load: {text}")[:2000])
            continue
        names = [registered.id for registered in offered]
        twice |= {name for name in names if name in rules}
        rules.update(zip(names, offered, strict=True))
    for identity in twice:
        broken[identity] = (rules.pop(identity).source, "two entry points offer a rule of this id; both are refused")
    for identity in rules.keys() & broken.keys():
        source, detail = broken[identity]
        rival = rules.pop(identity).source.entry_point.name
        broken[identity] = (source, f"{detail}; the rule of this id that {rival!r} offers is refused with it")
    chosen = {source.distribution for source in found}
    return Survey(rules, broken, frozenset({source.distribution for source in everything} - chosen))


def _chosen(
    found: list[Source], broken: dict[str, tuple[Source, str]], allowed: Collection[str]
) -> tuple[list[Source], dict[str, tuple[Source, str]]]:
    """The entry points to load, and what is broken beforehand: metadata, or a name that nothing installed bears."""
    welcome = {OWN, *map(normalised, allowed)}
    there = {source.distribution for source in found} | broken.keys()
    if OWN not in there:
        broken[MISSING.id] = (MISSING, NOT_INSTALLED)
    if not allowed:
        return found, broken
    broken = {name: fault for name, fault in broken.items() if fault[0].distribution in welcome}
    for name in welcome - there - {OWN}:
        broken[name] = (Source(name, "", EntryPoint("", "", GROUP)), f"it is allowed, {NOT_OFFERED}")
    return [source for source in found if source.distribution in welcome], broken


def _offered(source: Source, seconds: float) -> Iterator[Registered]:
    if source.distribution == OWN:
        for rule in find_rules(source.entry_point):
            yield Registered(identify(source, rule.name), source, _described(rule), rule)
        return
    entry = source.entry_point
    for described in ask({"command": "describe", "name": entry.name, "value": entry.value}, seconds):
        about = Description.model_validate(described)
        yield Registered(identify(source, about.name), source, about)


@cache
def _described(rule: Rule) -> Description:
    return describe(rule)


def identify(source: Source, name: str) -> str:
    """`<distribution>.<rule>`; the old platform's three keep their bare names."""
    return name if source.distribution == OWN and name in SEED else f"{source.distribution}.{name}"
