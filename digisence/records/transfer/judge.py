"""What each row of a batch will do, decided in one look at the database: the same for a preview and for the import."""

from collections.abc import Sequence
from typing import Any

from ...changes.context import Unit
from ...clock import to_wire, utcnow
from ...errors import Conflict
from ...models import Inquiry, Record, User
from ...models.user import SUPER_ADMIN
from ...models.wire import Field, by_name
from .. import circles, crud, decisions, guards, lost
from ..schema import addressable
from ..tables import memory, references, unique_fields
from . import standing
from .entry import Entry, natural_key, needed
from .marks import Mark, Marks
from .slugging import Slugs
from .verdict import CREATED, REFUSED, UNCHANGED, UPDATED, Values, Verdict, changes, cleared, whole

LATEST_VERSION = 1_000_000_000
IN_FILE = "{place} has this value too"
TAKEN = "is used by another record already"
Place = tuple[int, int]  # a row's number, and its line


class Judge:
    """Remembers, over a whole file, which line has which key: what is twice in it is told of the second.

    Its marks, by kind: `key:…` of rows, `record` that they mean, `value:…` that no two may have, `account` by e-mail in
    small letters, `coming` for records that rows of a preview would make.
    """

    def __init__(self, model: type[Record], actor: str) -> None:
        self.model, self.actor = model, actor
        self._marks = Marks()
        self._capitals: dict[str, dict[str, str]] | None = None  # accounts whose e-mail has some
        self._noted: set[str] = set()
        self._slugs = Slugs(model, self._marks)

    def pass_over(self, entry: Entry) -> None:
        """Remember a row that was dealt with before."""
        for name, value in self._keys_of(entry):
            self._marks.first(f"key:{name}", value, Mark(*entry.place))
            if name == "email":
                self._marks.first("account", value.lower(), Mark(*entry.place))

    def judge(self, session: Unit, entries: Sequence[Entry], hold: bool) -> list[Verdict]:
        """A verdict a row. `hold` locks the records, for a writer."""
        if hold:
            circles.hold(session, self.model, {field.attribute: True for field in circles.own(self.model)})
        superadmins = guards.hold(session, self.model) if hold else set()
        meant = self._meant(session, entries)
        records = standing.records(session, self.model, {one for one in meant if one}, hold)
        pairs = [(entry, records.get(record_id or "")) for entry, record_id in zip(entries, meant, strict=True)]
        self._noted = self._only_noted(session, pairs)
        found = [self._first_look(entry, current) for entry, current in pairs]
        leaning = self._references(session, found)
        self._moves(session, found)
        self._slugs.give(session, [one for one in found if one.kind != REFUSED])
        self._unique(session, found)
        for one in found:
            if one.kind == UPDATED:
                self._guard(one, records[one.record_id or ""], superadmins)
        self._parents(found, leaning)
        if not hold and circles.own(self.model):
            for one in found:
                if one.kind == CREATED:
                    self._marks.put("coming", str(one.record_id), Mark(*one.entry.place))
        return found

    def _only_noted(self, session: Unit, pairs: Sequence[tuple[Entry, Values | None]]) -> set[str]:
        """The records that moved since the file saw them, by no more than a note of the house, as a sign-in."""
        moved: dict[str, int] = {}
        for entry, current in pairs:
            seen = None if "version" in entry.faults else entry.values.get("version")
            if current and seen is not None and seen < current["version"]:
                moved[current["id"]] = max(seen, moved.get(current["id"], seen))
        return crud.only_noted(session, self.model, moved)

    def _keys_of(self, entry: Entry) -> list[tuple[str, str]]:
        name = natural_key(self.model)
        named = [("id", entry.id), (name, entry.values.get(name) if name and name not in entry.faults else None)]
        return [(column, value) for column, value in named if column and value]

    def _meant(self, session: Unit, entries: Sequence[Entry]) -> list[str | None]:
        """The id of the record that each row means: its own, else that of its natural key; None for none."""
        name = natural_key(self.model)
        known: dict[str, str] = {}
        if name:
            asked = [entry.values[name] for entry in entries if entry.id is None and self._key(entry, name)]
            known = standing.holders(session, self.model, by_name(self.model)[name], asked) if asked else {}
        return [entry.id or (known.get(self._key(entry, name) or "") if name else None) for entry in entries]

    @staticmethod
    def _key(entry: Entry, name: str) -> str | None:
        return None if name in entry.faults else entry.values.get(name)

    def _first_look(self, entry: Entry, current: Values | None) -> Verdict:
        twice = {}
        for name, value in self._keys_of(entry):
            if (first := self._first(f"key:{name}", value, entry)) != entry.place:
                twice[name] = IN_FILE.format(place=entry.says(first))
        if not twice and current and (first := self._first("record", current["id"], entry)) != entry.place:
            twice["row"] = f"{entry.says(first)} means the same record"
        if twice:
            return Verdict(entry, REFUSED, entry.id, code="duplicate", faults=entry.faults | twice)
        return self._update(entry, current) if current else self._create(entry)

    def _first(self, kind: str, value: str, entry: Entry) -> Place:
        """Where a value stood first in this file: with `entry`, if it is new."""
        return self._marks.first(kind, value, Mark(*entry.place)).place

    def _update(self, entry: Entry, current: Values) -> Verdict:
        wanted = changes(self.model, entry, current)
        columns = by_name(self.model)
        telling = {*wanted, "version"} if wanted else set()  # a version that cannot be read guards nothing
        faults = {name: told for name, told in entry.faults.items() if name in telling or name not in columns}
        seen, stands = entry.values.get("version"), current["version"]
        if faults or not wanted:
            kind = REFUSED if faults else UNCHANGED
            return Verdict(entry, kind, current["id"], stands, faults=faults)
        if seen is not None and seen != stands and current["id"] not in self._noted:
            told = f"was changed meanwhile: the record is at version {stands}, the file has {seen}"
            clashes = dict.fromkeys(wanted, told)
            return Verdict(entry, REFUSED, current["id"], code="precondition-failed", faults=clashes)
        try:
            decisions.check_told(self.model, current, wanted)
        except Conflict as conflict:
            return Verdict(entry, REFUSED, current["id"], code=conflict.code, faults=conflict.fields)
        wanted = cleared(self.model, wanted)
        before = {name: current[name] for name in wanted}
        for reference in references(self.model):  # whose memory follows it
            twin = memory(self.model, reference.attribute)
            if twin is not None and reference.name in wanted:
                before[twin.name] = current[twin.name]
        return Verdict(entry, UPDATED, current["id"], stands + 1, wanted, before)

    def _create(self, entry: Entry) -> Verdict:
        if "row" in entry.faults:  # which could not be read at all
            return Verdict(entry, REFUSED, faults=entry.faults)
        faults = {**self._missing(entry), **_unborn(entry), **entry.faults}
        values = whole(self.model, entry.values, to_wire(utcnow()))
        if self.model is Inquiry and not faults:
            faults |= _addressees(values)
        if faults:
            return Verdict(entry, REFUSED, entry.id, faults=faults)
        return Verdict(entry, CREATED, values["id"], values["version"], values)

    def _missing(self, entry: Entry) -> dict[str, str]:
        """What a new record cannot be without and this row does not have."""
        lacks = {
            name: "Missing data for required field." for name in needed(self.model) if entry.values.get(name) is None
        }
        if not entry.exact:
            named = [field.name for field in references(self.model) if field.wire.required]
            lacks |= {name: "may not be empty" for name in named if entry.values.get(name) is None}
        return lacks

    def _references(self, session: Unit, found: Sequence[Verdict]) -> list[tuple[Verdict, str]]:
        """Refuse what names nobody; returns what leans on records that this import is to make."""
        leaning = []
        writing = [one for one in found if one.kind in (CREATED, UPDATED)]
        gone = lost.find(session, self.model, [one.values for one in writing], key="name")
        coming = {str(one.record_id) for one in writing if one.kind == CREATED}
        for one in writing:
            faults = {}
            for field in references(self.model):
                value, inner = one.values.get(field.name), field.wire.reference == self.model.__resource__
                if inner and value is not None and value == one.record_id and not one.entry.exact:
                    faults[field.name] = "a record cannot stand under itself"
                elif value in gone.get(field.name, ()):
                    if inner and self._comes(str(value), coming):
                        leaning.append((one, field.name))
                    else:
                        faults[field.name] = self._nowhere(one.entry, field, value)
                elif field.wire.required and field.name in one.values and value is None and one.kind == UPDATED:
                    faults[field.name] = "may not be empty"
            if faults:
                one.refuse(faults)
        return leaning

    def _moves(self, session: Unit, found: Sequence[Verdict]) -> None:
        """Refuse what would put a record under itself, as by hand; an exported row is to be what it was."""
        fields = circles.own(self.model)
        tree = circles.Tree(session, self.model)
        for one in found if fields else ():
            moved = {field.attribute: one.values[field.name] for field in fields if field.name in one.values}
            if one.kind == UPDATED and not one.entry.exact and (wrong := tree.wrong(str(one.record_id), moved)):
                one.refuse(wrong)
            elif one.kind in (CREATED, UPDATED):
                tree.take(str(one.record_id), moved)

    def _nowhere(self, entry: Entry, field: Field, value: Any) -> str:
        """That this reference leads nowhere; where a row of this file brings what it names, that this was refused."""
        inner = field.wire.reference == self.model.__resource__
        above = self._marks.get("key:id", str(value)) if inner else None
        return entry.left_by(above.place) if above else lost.told(field, value)

    def _unique(self, session: Unit, found: Sequence[Verdict]) -> None:
        writing = [one for one in found if one.kind in (CREATED, UPDATED)]
        for field in unique_fields(self.model):
            name = field.name
            having = [one for one in writing if one.kind != REFUSED and one.values.get(name) is not None]
            held = standing.holders(session, self.model, field, [one.values[name] for one in having])
            for one in having:
                self._take(one, name, held.get(one.values[name]))
        if self.model is User:
            self._accounts(session, [one for one in writing if one.kind != REFUSED and "email" in one.values])

    def _accounts(self, session: Unit, having: Sequence[Verdict]) -> None:
        """Refuse a second account of one e-mail in other letters: sign-in lets neither in. Twins that were exported may
        come back.
        """
        if self._capitals is None:
            self._capitals = standing.capitals(session)
        small = by_name(User)["email"], [one.values["email"].lower() for one in having]
        held = standing.holders(session, self.model, *small)
        for one in having:
            email, place = one.values["email"].lower(), one.entry.place
            owners = {held.get(email): email} | self._capitals.get(email, {})
            others = [found for owner, found in owners.items() if owner not in (None, one.record_id)]
            first = self._first("account", email, one.entry)
            if (others or first != place) and (one.kind == UPDATED or not one.entry.exact):
                told = f"belongs to {min(others)} already" if others else IN_FILE.format(place=one.entry.says(first))
                one.refuse({"email": told}, "taken")

    def _take(self, one: Verdict, name: str, holder: str | None) -> None:
        value, place = one.values[name], one.entry.place
        met = self._marks.get(f"value:{name}", value)
        if met and met.place != place and met.owner != one.record_id:
            one.refuse({name: IN_FILE.format(place=one.entry.says(met.place))}, "taken")
        elif holder is not None and holder != one.record_id:
            one.refuse({name: TAKEN}, "taken")
        else:
            self._marks.put(f"value:{name}", value, Mark(*place, one.record_id))

    def _guard(self, one: Verdict, current: Values, superadmins: set[str]) -> None:
        if self.model is not User or not one.values.keys() & {"role", "isActive"}:
            return
        after: Any = {**current, **one.values}
        if not _has_panel(current) or _has_panel(after):
            return
        try:
            guards.check(self.model, [str(one.record_id)], self.actor, superadmins, "disable or demote")
        except Conflict as conflict:
            one.refuse(dict.fromkeys(one.values, conflict.detail), conflict.code)
            return
        superadmins.discard(str(one.record_id))

    def _parents(self, found: Sequence[Verdict], leaning: Sequence[tuple[Verdict, str]]) -> None:
        """Refuse what stands under a row of this file that is refused itself."""
        while True:
            there = {str(one.record_id) for one in found if one.kind == CREATED}
            falling = [
                (one, name) for one, name in leaning if one.kind != REFUSED and not self._comes(one.values[name], there)
            ]
            if not falling:
                break
            for one, name in falling:
                place = self._first("key:id", one.values[name], one.entry)
                one.refuse({name: one.entry.left_by(place)})

    def _comes(self, record_id: str, now: set[str]) -> bool:
        """Whether a row makes this record: one of these, or an earlier one."""
        return record_id in now or self._marks.has("coming", record_id)


def _unborn(entry: Entry) -> dict[str, str]:
    """What no record can be at its birth: out of reach, or at a version that leaves none for those who change it."""
    version = entry.values.get("version")
    sound = version is None or "version" in entry.faults or 0 < version <= LATEST_VERSION
    faults = {} if sound else {"version": f"must lie between 1 and {LATEST_VERSION:,}"}
    if entry.id is not None and not addressable(entry.id):
        faults["id"] = "cannot stand in an address"
    return faults


def _addressees(values: Values) -> dict[str, str]:
    business = values["businessId"] or values["businessRef"]
    professional = values["professionalId"] or values["professionalRef"]
    if bool(business) == bool(professional):
        return dict.fromkeys(("businessId", "professionalId"), "name exactly one of a business and a professional")
    return {}


def _has_panel(values: Values) -> bool:
    return bool(values["role"] == SUPER_ADMIN and values["isActive"])
