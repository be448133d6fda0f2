"""The package as the server hands it out."""

import json
from pathlib import Path

import pytest

from hatch_build import Panel
from tests.package.consumer import ROOT


@pytest.fixture(scope="session")
def tarball() -> Path:
    """What `/static/digisence-realtime-VERSION.tgz` gives, built from the sources as they are."""
    panel = Panel(ROOT)
    panel.install("vitest")
    panel.build()
    version = json.loads((ROOT / "frontend" / "src" / "realtime" / "package.json").read_text())["version"]
    return panel.built / f"digisence-realtime-{version}.tgz"
