"""Each rule keeps the contract, and finds what its name says."""

from typing import Any

import digisence_category_tree as tree

from digisence.testing import RuleContract, Seed


class TestCycle(RuleContract):
    """Cycles of three, of two and of one; what hangs on a cycle is no part of it."""

    rule = tree.cycle

    def broken(self, seed: Seed) -> Any:
        """Round and round."""
        return [*ring(seed, 3), *ring(seed, 2), *ring(seed, 1)]

    def healthy(self, seed: Seed) -> Any:
        """A deep branch, and one that ends in a cycle."""
        branch = [seed.category()]
        for _ in range(8):
            branch.append(seed.category(parent_id=branch[-1].id))
        return branch


class TestCycleLongerThanLookedFor(RuleContract):
    """The setting is how far a cycle is followed."""

    rule = tree.cycle
    settings = {"longest": 2}

    def broken(self, seed: Seed) -> Any:
        """Short enough."""
        return ring(seed, 2)

    def healthy(self, seed: Seed) -> Any:
        """One longer than it looks."""
        return ring(seed, 3)


class TestLostParent(RuleContract):
    """The parent went, however."""

    rule = tree.lost_parent

    def broken(self, seed: Seed) -> Any:
        """A category that remembers a parent that nobody is."""
        return seed.category(parent_ref="gone-for-good")

    def healthy(self, seed: Seed) -> Any:
        """One under its parent, and one that was moved to the top while its parent stays."""
        parent = seed.category()
        return [parent, seed.category(parent_id=parent.id), seed.category(parent_ref=parent.id)]


class TestSlugClash(RuleContract):
    """The same address but for case and dashes."""

    rule = tree.slug_clash

    def broken(self, seed: Seed) -> Any:
        """Three of a kind."""
        return [seed.category(slug=slug) for slug in ("hair-care", "Hair-Care", "hair_care-")]

    def healthy(self, seed: Seed) -> Any:
        """Slugs that differ, and none at all."""
        return [seed.category(slug=slug) for slug in ("hair", "haircare", None, None)]


def ring(seed: Seed, length: int) -> list[Any]:
    """So many categories, each the child of the next."""
    made = [seed.category() for _ in range(length)]
    for child, parent in zip(made, [*made[1:], made[0]], strict=True):
        seed.change(child, parent_id=parent.id)
    return made
