"""A SELECT in stages: what one stage works out, the next may use often without working it out again."""

from typing import Any

from sqlalchemy import CTE, Select


def stage(name: str, statement: Select[Any]) -> CTE:
    """`statement` as a table of that name, worked out once: SQLite, too, would put its expressions in each place."""
    return statement.cte(name).prefix_with("MATERIALIZED")
