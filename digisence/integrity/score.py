"""The health score: one formula, of counts alone, for the panel, the command line, the history and the drill.

It is 100 * (1 - defects / records): defects are orphaned users and profiles without admin, records are users,
businesses and professionals. It is cut, not rounded, to one decimal, so that 100 means none. No records: 100.
"""


def score(defects: int, records: int) -> float:
    """See above."""
    return int(1000 * (1 - min(defects, records) / records)) / 10 if records else 100.0
