"""The plugins of `plugins/` and one fresh from the scaffold, installed by pip into a folder of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from digisence.cli import scaffold

PLUGINS = Path(__file__).parent.parent.parent / "plugins"
FOLDERS = ("contact-quality", "category-tree", "registrations")
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
ALONE = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]


@pytest.fixture(scope="session")
def scaffolded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `digisence plugins new acme-rules` writes."""
    folder = tmp_path_factory.mktemp("authors") / "acme-rules"
    scaffold.write("acme-rules", folder)
    return folder


@pytest.fixture(scope="session")
def site(scaffolded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all four distributions, as pip lays them out."""
    folder = tmp_path_factory.mktemp("site")
    sources = [str(PLUGINS / name) for name in FOLDERS]
    done = subprocess.run(
        [*PIP, *ALONE, "--target", folder, *sources, str(scaffolded)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def plugins(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, found by this process and its children."""
    monkeypatch.syspath_prepend(str(site))
    return site
