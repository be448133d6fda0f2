"""Finding text whatever its case, in any script, the same way on both databases."""

from sqlalchemy import ColumnElement, and_, false, or_

from ..models import Record
from ..models.wire import public

MOST_WORDS = 10


def matches(model: type[Record], text: str, dialect: str) -> ColumnElement[bool]:
    """True for records in which each word of `text` occurs in some searchable field; no letter is a wildcard."""
    columns = [field.column for field in public(model) if field.wire.search]
    return and_(*(or_(false(), *(_contains(column, word, dialect) for column in columns)) for word in text.split()))


def _contains(column: ColumnElement[str], word: str, dialect: str) -> ColumnElement[bool]:
    if word.isascii():
        return column.icontains(word, autoescape=True)
    # Neither SQLite's LIKE nor a PostgreSQL in the C locale folds letters beyond ASCII: name both cases of each
    operator, pattern = ("GLOB", f"*{_glob(word)}*") if dialect == "sqlite" else ("~", _regex(word))
    return column.bool_op(operator)(pattern)


def _glob(word: str) -> str:
    return "".join(_cases(letter) or (f"[{letter}]" if letter in "*?[" else letter) for letter in word)


def _regex(word: str) -> str:
    return "".join(
        _cases(letter) or (f"\\{letter}" if letter.isascii() and not letter.isalnum() else letter) for letter in word
    )


def _cases(letter: str) -> str:
    """`[äÄ]` for a letter with two cases of one letter each, else ''."""
    found = {case for case in (letter, letter.lower(), letter.upper()) if len(case) == 1}
    return f"[{''.join(sorted(found))}]" if len(found) > 1 else ""
