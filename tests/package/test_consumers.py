"""Applications that use the package: with React 18 and 19, the old platform's examples as they stand; and with no React."""

import json
from pathlib import Path

import pytest

from tests.package.consumer import REACTS, Consumer, alias, write_examples


@pytest.mark.parametrize("react", REACTS)
def test_the_examples_compile_and_run_as_they_stand(tarball: Path, tmp_path: Path, react: str) -> None:
    consumer = Consumer(tmp_path / "application", tarball, "application", react)
    write_examples(consumer.folder / "examples")
    alias(consumer)
    consumer.compile()
    consumer.test()


def test_without_react_and_without_a_page(tarball: Path, tmp_path: Path) -> None:
    consumer = Consumer(tmp_path / "application", tarball, "bare")
    consumer.compile()
    assert not (consumer.folder / "node_modules" / "react").exists()
    state, told, tested = json.loads(consumer.run("bare.mts"))
    assert state == "polling"
    assert "cannot be reached" in told
    assert tested == "RequestFailed"
