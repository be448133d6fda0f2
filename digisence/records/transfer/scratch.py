"""Room for what does not fit into memory: a private SQLite file without a name.

Gone with the process, however that ends, and no load on the product's database.
"""

import sqlite3

CACHE_KB = 4_000  # of the file, in memory


def opened(*statements: str) -> sqlite3.Connection:
    """A new file, with the tables that `statements` make."""
    made = sqlite3.connect("", isolation_level=None)  # without a name: in a file of its own, deleted as it is opened
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KB}", "locking_mode = EXCLUSIVE"):
        made.execute(f"PRAGMA {setting}")
    for statement in statements:
        made.execute(statement)
    return made


def stored(value: str) -> bytes:
    """A text as it is kept: half a character, which JSON can hold, too."""
    return value.encode("utf-8", "surrogatepass")
