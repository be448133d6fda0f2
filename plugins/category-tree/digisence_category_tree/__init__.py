"""Categories form a tree: none is its own ancestor, each parent exists, and no two share an address."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, literal

from digisence.integrity.rule import Query, rule


class Reach(BaseModel):
    """How far up the tree a cycle is looked for."""

    model_config = ConfigDict(extra="forbid")

    longest: int = Field(
        50, ge=1, le=1000, title="Longest cycle", description="Cycles through more categories are not seen"
    )


@rule(
    "cycle", api=1, resource="categories", severity="high", grace="1h", settings=Reach,
    title="Category that is its own ancestor",
)  # fmt: skip
def cycle(q: Query) -> Select[Any]:
    """Walk up from every category; who meets itself goes round."""
    start = q.categories
    walk = (
        q.select(start.id.label("start"), start.parent_id.label("at"), literal(1).label("steps"))
        .where(start.parent_id.is_not(None))
        .cte("walk", recursive=True)
    )
    above = q.alias("categories", "above")
    walk = walk.union_all(
        q.select(walk.c.start, above.parent_id, walk.c.steps + 1)
        .where(above.id == walk.c.at, above.parent_id.is_not(None))
        .where(walk.c.at != walk.c.start, walk.c.steps < q.settings.longest)
    )
    found = q.alias("categories", "found")
    return q.select(found.id).where(found.id.in_(q.select(walk.c.start).where(walk.c.at == walk.c.start)))


@cycle.explain
def why_cycle(record: Any) -> str:
    """In a sentence."""
    if record.parent_id == record.id:
        return f"{record.name} is its own parent, so no page leads to it"
    return f"{record.name} is an ancestor of its own parent {record.parent_id}, so no page leads to it"


@rule(
    "lost-parent", api=1, resource="categories", severity="medium",
    title="Category whose parent does not exist",
)  # fmt: skip
def lost_parent(q: Query) -> Select[Any]:
    """The parent's id names nobody; or it was emptied because the parent went.

    Who moves a category to the top empties its parent too, so the last parent must be gone for a finding.
    """
    category, parent = q.categories, q.alias("categories", "parent")
    last = q.func.coalesce(category.parent_id, category.parent_ref)
    return q.select(category.id).where(last.is_not(None), ~q.exists(parent.id == last))


@lost_parent.explain
def why_lost(record: Any) -> str:
    """In a sentence."""
    return f"{record.name} stood under the category {record.parent_id or record.parent_ref}, which does not exist"


@rule(
    "slug-clash", api=1, resource="categories", severity="low",
    title="Category whose slug differs from another's in nothing a reader sees",
)  # fmt: skip
def slug_clash(q: Query) -> Select[Any]:
    """`Hair-Care`, `hair_care` and `hair-care` are three slugs to the database and one to people."""
    category, other = q.categories, q.alias("categories", "other")
    clashing = q.select(_plain(q, other.slug)).group_by(_plain(q, other.slug)).having(q.func.count() > 1)
    return q.select(category.id).where(_plain(q, category.slug).in_(clashing))


def _plain(q: Query, slug: Any) -> Any:
    return q.func.trim(q.func.replace(q.func.lower(slug), "_", "-"), "-")


@slug_clash.explain
def why_clash(record: Any) -> str:
    """In a sentence."""
    return f"the address of {record.name}, {record.slug}, can be mistaken for another category's"
