"""The contract of a rule, clause by clause: each looks at a trial and says what is wrong, or nothing."""

import json
import re
from collections.abc import Callable, Mapping

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from .directory import SETTINGS
from .trial import Trial

Clause = Callable[[Trial], str | None]

# What SQLite and PostgreSQL both know, by the same name and with the same meaning
FUNCTIONS = set(
    re.findall(
        r"\w+",
        "abs avg coalesce count cume_dist dense_rank exists first_value lag last_value lead length lower ltrim max min "
        "nth_value ntile nullif percent_rank rank replace round row_number rtrim sign substr substring sum trim upper",
    )
)
WORDS = set(
    re.findall(
        r"\w+",
        "all and any as before between by case cast char decimal else end except filter from having if in intersect is "
        "join like materialized not numeric on or over partition recursive select text then union using values varchar "
        "when where with within",
    )
)
CALL = re.compile(r"(?<![\w.])([a-z_]\w*)\s*\(", re.IGNORECASE)
SOURCE = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]\w*)", re.IGNORECASE)
TEXT = re.compile(r"'(?:[^']|'')*'")


def finds_the_broken(trial: Trial) -> str | None:
    """All that is broken is found, and nothing else."""
    if trial.wanted is None:
        return None
    if not trial.wanted:
        return f"`broken` gave back no record of {trial.registered.about.resource}: return what the rule must find"
    missed, more = trial.wanted - trial.found, trial.found - trial.wanted - trial.spared
    if missed:
        return f"it does not find {_some(missed)}"
    return f"it also finds {_some(more)}, which nobody called broken" if more else None


def spares_the_healthy(trial: Trial) -> str | None:
    """What `healthy` makes is no finding."""
    return f"it finds {_some(trial.spared & trial.found)}, which is healthy" if trial.spared & trial.found else None


def spares_the_fresh(trial: Trial) -> str | None:
    """A record that was touched a moment ago is within grace."""
    if trial.registered.about.grace == 0 or not trial.when_touched & trial.found:
        return None
    return f"it finds {_some(trial.when_touched & trial.found)}, which changed a moment ago"


def reads_only(trial: Trial) -> str | None:
    """Looking changes nothing."""
    return f"looking made {trial.changes} changes" if trial.changes else None


def is_deterministic(trial: Trial) -> str | None:
    """The same data and the same time give the same SELECT and the same keys."""
    if trial.texts[0] != trial.texts[1]:
        return "asked twice at the same time, it gives two different SELECTs; use q.now, sort what comes from a set"
    differ = trial.found ^ trial.again
    return f"two looks at the same data differ by {_some(differ)}" if differ else None


def ends_in_time(trial: Trial) -> str | None:
    """It is done in time, and reads no table once for each row of another."""
    if trial.seconds > SETTINGS["rule_timeout"]:
        return f"it took {trial.seconds:.1f} s"
    if trial.repeated:
        told = "; ".join(trial.repeated)
        return f"for each row it reads a whole table ({told}): compare by id, or join a grouped subquery"
    return None


def explains(trial: Trial) -> str | None:
    """Each finding has its sentence."""
    silent = {key for key in trial.found if not trial.explanations.get(key, "").strip()}
    if silent:
        return f"it has nothing to say about {_some(silent)}"
    if set(trial.explanations.values()) == {trial.registered.about.title}:
        return "it explains nothing: write a function that gets a record, with the rule's `.explain` above it"
    return None


def settings_round_trip(trial: Trial) -> str | None:
    """Its settings go through the panel and come back: a valid schema, and defaults that it accepts."""
    about = trial.registered.about
    if about.settings is None:
        return None
    try:
        Draft202012Validator.check_schema(about.settings)
    except SchemaError as error:
        return f"the schema of its settings is not valid: {error.message}"
    if trial.settings is None:
        return "a setting has no default: give it one, or say `settings = {…}` in the contract class"
    if json.loads(json.dumps(trial.settings)) != trial.settings:
        return "its settings are not the same after a journey through JSON"
    faults = [fault.message for fault in Draft202012Validator(about.settings).iter_errors(trial.settings)]
    return f"its own schema refuses its settings: {'; '.join(faults)}" if faults else None


def survives_restore(trial: Trial) -> str | None:
    """What is set aside is no finding; brought back it is identical, and a finding again."""
    if trial.refused:
        return f"what it finds cannot be set aside: {trial.refused}"
    if trial.not_restored:
        return f"what was set aside does not come back: {'; '.join(trial.not_restored)}"
    if trial.differing:
        return f"brought back, it is not as it was: {'; '.join(trial.differing[:3])}"
    left = trial.after_placing & trial.found
    lost = (trial.found ^ trial.after_restoring) - trial.renewed  # renewed is fresh, so within grace
    if left:
        return f"it still finds {_some(left)}, which is set aside"
    return f"after restoring it disagrees about {_some(lost)}" if lost else None


def speaks_both(trial: Trial) -> str | None:
    """It is SQL that SQLite and PostgreSQL both understand, as far as names of functions tell."""
    text = TEXT.sub("''", f"{trial.texts[0]} {trial.other}")
    named, called = ({name.lower() for name in pattern.findall(text)} for pattern in (SOURCE, CALL))
    strange = sorted(called - named - FUNCTIONS - WORDS)
    return f"these are not known to be on both databases: {', '.join(strange)}" if strange else None


def _some(keys: set[str]) -> str:
    told = ", ".join(sorted(keys)[:3])
    return told if len(keys) <= 3 else f"{told} and {len(keys) - 3} more"


CLAUSES: Mapping[str, Clause] = {
    "finds the broken": finds_the_broken,
    "spares the healthy": spares_the_healthy,
    "spares the fresh": spares_the_fresh,
    "reads only": reads_only,
    "is deterministic": is_deterministic,
    "ends in time": ends_in_time,
    "explains": explains,
    "settings round-trip": settings_round_trip,
    "survives restore": survives_restore,
    "speaks both databases": speaks_both,
}
