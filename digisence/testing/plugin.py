"""The pytest plugin: fixtures that cost nothing until a test asks for one. Nothing of digisence is imported before."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .directory import Directory, Template
    from .trial import Trial

VARIABLE = "DIGISENCE_TEST_DATABASE"
OPTION = "--digisence-database"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--digisence-database URL`."""
    parser.getgroup("digisence").addoption(
        OPTION,
        metavar="URL",
        default=os.environ.get(VARIABLE, ""),
        help="try rules on this PostgreSQL server too; a scratch database is made there and dropped "
        f"(default: the environment's {VARIABLE})",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a directory on SQLite, and on PostgreSQL where one is named."""
    if "rule_engine" in metafunc.fixturenames:
        engines = ["sqlite", "postgresql"] if metafunc.config.getoption(OPTION) else ["sqlite"]
        metafunc.parametrize("rule_engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def rule_engine(request: pytest.FixtureRequest) -> str:
    """`sqlite`, or `postgresql`."""
    return str(request.param)


@pytest.fixture(scope="session")
def rule_template(
    rule_engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Template]":
    """Scratch databases of an engine."""
    from .directory import Template

    server = request.config.getoption(OPTION) if rule_engine == "postgresql" else ""
    template = Template(tmp_path_factory.mktemp(f"digisence-{rule_engine}"), server)
    yield template
    template.close()


@pytest.fixture
def rule_directory(rule_template: "Template") -> "Iterator[Directory]":
    """A fresh directory that holds nothing but what `rule_directory.seed` makes."""
    with rule_template.copy(businesses=0) as directory:
        yield directory


@pytest.fixture(scope="class")
def rule_trial(rule_template: "Template", request: pytest.FixtureRequest) -> "Trial":
    """The rule of a contract class, tried once for all its clauses."""
    from . import offering, trial

    contract = request.cls()
    found = offering.registered(contract.rule)
    with rule_template.copy(contract.businesses) as directory:
        return trial.attempt(
            found, directory, broken=contract.broken, healthy=contract.healthy, settings=contract.settings
        )
