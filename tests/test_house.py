"""The house's measure: no file over 300 lines, no function over 40. When one grows, a noun is hiding in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILE_LINES, FUNCTION_LINES = 300, 40
PYTHON = ("digisence", "tests", "benchmarks", "plugins")
SCRIPT = (".ts", ".tsx", ".css")
BUILT = {"node_modules", "dist", "__pycache__", "generated"}


def sources() -> Iterator[Path]:
    """Every file that somebody wrote."""
    for folder in PYTHON:
        yield from (ROOT / folder).rglob("*.py")
    for suffix in SCRIPT:
        yield from (ROOT / "frontend").rglob(f"*{suffix}")
    yield from ROOT.glob("*.py")


def written() -> list[Path]:
    return sorted(path for path in sources() if not BUILT & set(path.relative_to(ROOT).parts))


def long_functions(text: str) -> Iterator[tuple[str, int]]:
    """Names and lengths of functions over the measure, decorators left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.name, length


def test_the_walk_finds_the_house() -> None:
    assert ROOT / "digisence" / "config.py" in written()
    assert len(written()) > 50


@pytest.mark.parametrize("path", written(), ids=lambda path: str(path.relative_to(ROOT)))
def test_keeps_the_measure(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    if path.suffix == ".py" and path.parent.name != "versions":  # a migration is a list, not a function
        assert list(long_functions(text)) == []


def test_a_long_function_is_seen() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES))
    assert list(long_functions(f"def f():\n{body}\n")) == [("f", FUNCTION_LINES + 1)]
