"""In which order categories go in, so that a parent never comes after its child."""

from collections.abc import Mapping, Sequence

from .shape import Candidate

BATCH = 500


def in_turn(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Batches to be inserted one after the other, each by one statement.

    A parent is in its child's batch or an earlier one; parents that run in a circle share a batch, for the database
    checks references when a statement ends. A batch exceeds BATCH only where a circle does.
    """
    by_id = {candidate.id: candidate for candidate in candidates}
    groups: list[list[Candidate]] = []
    done: set[str] = set()
    for candidate in candidates:
        groups += _ancestors_first(candidate, by_id, done)
    batches: list[list[Candidate]] = [[]]
    for group in groups:
        if batches[-1] and len(batches[-1]) + len(group) > BATCH:
            batches.append([])
        batches[-1] += group
    return [batch for batch in batches if batch]


def _ancestors_first(start: Candidate, by_id: Mapping[str, Candidate], done: set[str]) -> list[list[Candidate]]:
    path: dict[str, int] = {}
    line: list[Candidate] = []
    current: Candidate | None = start
    while current is not None and current.id not in done and current.id not in path:
        path[current.id] = len(line)
        line.append(current)
        current = by_id.get((current.row or {}).get("parent_ref") or "")
    groups = [[candidate] for candidate in line]
    if current is not None and current.id in path:
        closed = path[current.id]
        groups[closed:] = [line[closed:]]
    done.update(path)
    return groups[::-1]


def waiting_for_business(candidates: Sequence[Candidate]) -> set[str]:
    """Ids of the categories that belong to a business, and of those below them: they go in after the businesses."""
    by_id = {candidate.id: candidate.row or {} for candidate in candidates}
    known: dict[str, bool] = {}
    for record_id in by_id:
        path: list[str] = []
        current, found = record_id, False
        while current in by_id and current not in known and current not in path and not found:
            path.append(current)
            found = by_id[current].get("business_ref") is not None
            current = by_id[current].get("parent_ref") or ""
        found = found or known.get(current, False)
        known |= dict.fromkeys(path, found)
    return {record_id for record_id, waits in known.items() if waits}
