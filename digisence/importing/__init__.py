"""Filling the directory: the old platform's dump, and a made-up one to try things on."""

from .again import place_again
from .demo import seed_demo
from .dump import DumpError
from .keeping import leftovers
from .legacy import import_dump
from .report import Report

__all__ = ["DumpError", "Report", "import_dump", "leftovers", "place_again", "seed_demo"]
