"""For authors of rules: a scratch directory to fill, and the contract that each rule must pass.

    from digisence.testing import RuleContract, Seed

    class TestUncategorised(RuleContract):
        rule = uncategorised

        def broken(self, seed: Seed):
            return seed.business(category_id=None)

pytest finds the fixtures by itself. Importing this package imports nothing else, until one of its names is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .contract import RuleContract
    from .directory import Directory, Template
    from .seed import Seed
    from .trial import Trial

HOMES = {
    "Directory": ".directory", "RuleContract": ".contract", "Seed": ".seed", "Template": ".directory", "Trial": ".trial"
}  # fmt: skip
__all__ = ["Directory", "RuleContract", "Seed", "Template", "Trial"]


def __getattr__(name: str) -> Any:
    """Import a name when it is asked for."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name], __name__), name)
