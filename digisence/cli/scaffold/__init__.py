"""What `digisence plugins new` writes: the files beside this one, with the plugin's names filled in."""

import re
import sys
from pathlib import Path
from string import Template

FILES = Path(__file__).parent / "files"
NAME = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*")
TAKEN = {"digisence", "tests", "pytest"} | sys.stdlib_module_names


def write(name: str, folder: Path) -> list[Path]:
    """Write a plugin of that name into `folder`; the paths written.

    ValueError when the name is none for a distribution and its module. FileExistsError when `folder` is not empty.
    """
    module = re.sub(r"[-.]", "_", name)
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a plugin: lower-case words joined by -, such as acme-rules")
    if module in TAKEN:
        raise ValueError(f"{name!r} is taken: choose another name, such as acme-rules")
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    words = {"name": name, "module": module}
    return [_copy(source, folder, words) for source in sorted(FILES.rglob("*.in"))]


def _copy(source: Path, folder: Path, words: dict[str, str]) -> Path:
    """`tests/test_MODULE.py.in` goes to `tests/test_acme_rules.py`."""
    path = folder / str(source.relative_to(FILES)).removesuffix(".in").replace("MODULE", words["module"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return path
