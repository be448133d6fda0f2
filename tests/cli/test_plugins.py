"""`digisence plugins new`: what it refuses, and that it writes nothing over."""

import ast
import tomllib
from pathlib import Path

import pytest

from digisence.cli import scaffold


def test_what_it_writes_is_python_and_toml_with_the_names_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    written = {str(path.relative_to(folder)) for path in scaffold.write("acme.shop-rules", folder)}
    assert written == {"pyproject.toml", "README.md", "acme_shop_rules.py", "tests/test_acme_shop_rules.py"}
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "acme.shop-rules"
    assert project["entry-points"]["digisence.rules"] == {"rules": "acme_shop_rules"}
    for path in folder.rglob("*.py"):
        ast.parse(path.read_text())
    assert [path for path in folder.rglob("*") if path.is_file() and "$" in path.read_text()] == []


@pytest.mark.parametrize(
    "name", ["", "Acme", "acme rules", "../acme", "-acme", "acme-", "1acme", "digisence", "json", "tests"]
)
def test_a_name_that_pip_or_python_would_not_take_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="such as acme-rules"):
        scaffold.write(name, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        scaffold.write("acme-rules", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
