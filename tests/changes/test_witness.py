"""The newest seal, written down outside the database: of this one alone, by whoever seals, in files that stay small."""

import json
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from digisence.changes import Context, outbox, unit_of_work, witness
from digisence.changes.verifying import REWRITTEN, TRUNCATED
from digisence.extensions import db
from digisence.models import User
from tests import outsider
from tests.changes.test_verifying import SQL_TRUNCATE, found, seals, tell

ME = Context("user:me")


@pytest.fixture(autouse=True)
def chain(app: Flask) -> Iterator[None]:
    """Six seals, the newest of which is written down."""
    with app.app_context():
        with unit_of_work(ME, patience=20) as session:
            session.add_all([User(id=f"u{number}", email=f"{number}@example.org") for number in range(6)])
        app.extensions["digisence_drainer"].nudge(patience=20)
        outbox.drain()
        witness.path().unlink()
        tell(app)
        yield


def test_what_is_written_down_is_of_this_database_alone(app: Flask) -> None:
    lines = [json.loads(line) for line in witness.path().read_text().splitlines()]
    assert [(line["seq"], line["digest"]) for line in lines][-1:] == [(6, seals()[-1].digest)]
    assert witness.path().stat().st_mode & 0o777 == 0o600
    with witness.path().open("a") as file:
        file.write(json.dumps({**lines[-1], "database": "another", "seq": 1000}) + "\n")
    assert found() is None
    with witness.path().open("a") as file:
        file.write("{\n")
    assert found() == (REWRITTEN, None, None)


WRITER = """
import sys
from collections import namedtuple
from pathlib import Path
from sqlalchemy import create_engine
from digisence import create_app
from digisence.changes import witness
folder, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
app = create_app(instance=Path(folder), database_url="sqlite://", redis_url="redis://localhost:1", secret_key="x" * 40)
witness.MOST_BYTES, witness.FILES = most, 50
told = witness.Told()
with app.app_context():
    for seq in range(1, 301):
        witness._write(create_engine(f"sqlite:///{name}"), namedtuple("Seal", "seq digest")(seq, name), told)
"""


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # no database sees it
def test_several_processes_turn_the_files_over_and_lose_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    names = ("one", "two", "three")
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name, "4000"]) for name in names]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    files = sorted(folder.glob("seals.log*"))
    assert len(files) > 10
    assert all(file.stat().st_size < 5000 for file in files)
    monkeypatch.setattr(witness, "path", lambda: folder / "seals.log")
    monkeypatch.setattr(witness, "FILES", 50)
    for name in names:
        told = list(witness.lines(create_engine(f"sqlite:///{name}")))
        assert {seq for seq, _ in told} == set(range(1, 301))
        assert {digest for _, digest in told} == {name}


def test_old_files_go_and_the_newest_seal_of_each_database_stays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "MOST_BYTES", 400)
    monkeypatch.setattr(witness, "FILES", 3)
    other = create_engine("sqlite:///another")
    witness._write(other, namedtuple("Seal", "seq digest")(7, "theirs"), witness.Told())
    for _ in range(12):
        tell(app)
    assert sorted(file.name for file in witness.path().parent.glob("seals.log*")) == [
        "seals.log",
        "seals.log.1",
        "seals.log.2",
    ]
    assert {*witness.lines(other)} == {(7, "theirs")}
    assert found() is None
    witness.path().unlink()  # what stands in the others is compared, too
    outsider.tamper(db.engine.url.render_as_string(hide_password=False), *SQL_TRUNCATE)
    kind, seq, _ = found() or ("", 0, 0)
    assert (kind, seq) == (TRUNCATED, 6)


def test_the_relay_tells_the_log(app: Flask) -> None:
    app.extensions.pop("digisence_witness", None)
    with capture_logs() as said:
        crier = witness.Crier()
        crier(0)
        crier(0)  # nothing is new, and it is too soon
    newest = seals()[-1]
    assert [(each["event"], each["seq"], each["digest"]) for each in said] == [
        ("newest seal", newest.seq, newest.digest)
    ]


def test_a_folder_that_takes_no_file_stops_nothing(app: Flask) -> None:
    witness.path().unlink()
    witness.path().mkdir()
    with capture_logs() as said:
        tell(app)
    assert [each["event"] for each in said] == ["the newest seal could not be written down"]
    witness.path().rmdir()
    assert found() is None
