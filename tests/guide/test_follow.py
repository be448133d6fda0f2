"""The programs of the guide to following, run as they stand but for the address, while records change."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import outsider
from tests.e2e.product import PASSWORD, Admin, Product
from tests.e2e.tabs import Subject
from tests.proxy import until

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "follow.md"
START_SECONDS = 60.0
MANY = 600

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """What is followed."""
    folder = tmp_path_factory.mktemp("guide")
    started = Product(folder / "instance", f"sqlite:///{folder}/digisence.sqlite", DIGISENCE_HEARTBEAT="1").start()
    yield started
    started.close()


@pytest.fixture(scope="module")
def admin(product: Product) -> Admin:
    """Who changes records."""
    return product.admin()


@pytest.fixture
def start(product: Product, admin: Admin, tmp_path: Path) -> Iterator[Start]:
    """Start the program whose block begins with its name, in an empty folder."""
    running = []

    def program(name: str) -> "subprocess.Popen[str]":
        [text] = [block for block in blocks("python") if block.startswith(f"# {name}\n")]
        place = tmp_path / name
        place.write_text(
            text.replace("https://panel.example.org", product.url).replace("me@example.org", product.first_sign_in()[0])
        )
        command = [sys.executable, "-u", "-W", "error", str(place)]
        running.append(
            subprocess.Popen(
                command, cwd=tmp_path, env={**os.environ, "PASSWORD": PASSWORD}, stdout=subprocess.PIPE, text=True
            )
        )
        return running[-1]

    yield program
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def streams(admin: Admin) -> int:
    return len(admin.get("/api/admin/realtime/connections")["items"])


def line(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def test_watching_prints_each_change(start: Start, admin: Admin) -> None:
    before = streams(admin)
    program = start("watch.py")
    until(lambda: streams(admin) > before, START_SECONDS)
    subject = Subject(admin)
    subject.change()
    assert [line(program)[:3] for _ in range(2)] == [["created", subject.id, "1"], ["updated", subject.id, "2"]]


def test_what_happened_between_two_runs_comes_first(start: Start, admin: Admin) -> None:
    first = start("resume.py")
    assert first.wait(START_SECONDS) == 0
    subject = Subject(admin)
    subject.change()
    second = start("resume.py")
    assert [line(second) for _ in range(2)] == [["created", subject.id], ["updated", subject.id]]
    assert second.wait(START_SECONDS) == 0


def test_a_copy_is_the_table(start: Start, admin: Admin, product: Product, tmp_path: Path) -> None:
    subject = Subject(admin)
    start("copy_of.py")

    def same() -> bool:
        copy = tmp_path / "copy.json"
        with contextlib.suppress(json.JSONDecodeError):  # it is written just now
            return copy.exists() and bool(json.loads(copy.read_text()) == table(admin))
        return False

    until(same, START_SECONDS)
    subject.change(3)
    gone = Subject(admin)
    admin.http.delete(f"/api/admin/categories/{gone.id}").raise_for_status()
    until(same, START_SECONDS)
    rows = ", ".join(f"('many{number}', 'Many {number}')" for number in range(MANY))
    outsider.write(product.database, f"INSERT INTO categories (id, name) VALUES {rows}")
    until(same, START_SECONDS)


def table(admin: Admin) -> dict[str, Any]:
    """What the API has, page by page."""
    found: dict[str, Any] = {}
    for page in range(1, 5):
        found |= {row["id"]: row for row in admin.get("/api/admin/categories", page=page, limit=500)["items"]}
    return found


def test_each_command_is_one() -> None:
    commands = [text for block in blocks("console") for text in block.replace("$ ", "").splitlines()]
    known = subprocess.run(
        [sys.executable, "-m", "digisence", "stream", "tail", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert len(commands) >= 5
    for command in commands:
        assert command.startswith("digisence stream tail")
        assert [option for option in re.findall(r"--[a-z-]+", command) if option not in known] == []
