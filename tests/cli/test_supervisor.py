"""Parts die and come back; those that will not end are made to; what they print is one log."""

import io
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from digisence.cli.console import Console
from digisence.cli.supervisor import OFTEN, SIGNALS, Part, Supervisor


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(log: io.StringIO) -> Iterator[Supervisor]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    made = Supervisor(Console(log))
    yield made
    made.hurried = True
    made.stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def script(name: str, text: str) -> Part:
    return Part(name, [sys.executable, "-c", text])


def lines(log: io.StringIO, part: str) -> list[str]:
    """What `part` has in the log, without the time."""
    found = re.findall(rf"^\d\d:\d\d:\d\d {part} *\| (.*)$", log.getvalue(), re.M)
    return [str(line) for line in found]


def run_until(supervisor: Supervisor, condition: object, seconds: float = 15.0) -> None:
    """Let the supervisor run until `condition` holds."""
    end = time.monotonic() + seconds

    def look() -> None:
        assert time.monotonic() < end, "it did not come true"
        supervisor.stopping = bool(condition())  # type: ignore[operator]

    supervisor.run(look)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_prints_whole_lines_with_time_and_name(supervisor: Supervisor, log: io.StringIO) -> None:
    text = "import sys, time; print('out'); print('err ä', file=sys.stderr); sys.stdout.write('no end'); time.sleep(60)"
    part = Part("talker", [sys.executable, "-u", "-c", text])
    supervisor.start(part)
    run_until(supervisor, lambda: len(lines(log, "talker")) == 2 and part.rest == b"no end")
    supervisor.stop()
    assert lines(log, "talker") == ["out", "err ä", "no end"]


def test_a_part_that_dies_is_started_again_and_said_so(supervisor: Supervisor, log: io.StringIO) -> None:
    part = script("sleeper", "import time; time.sleep(60)")
    supervisor.start(part)
    assert part.process is not None
    first = part.process.pid
    os.kill(first, signal.SIGKILL)
    run_until(supervisor, lambda: part.running and part.process.pid != first)
    assert lines(log, "up") == ["sleeper died (killed by SIGKILL)", "sleeper is started again"]


def test_a_part_that_keeps_dying_is_told_off(
    supervisor: Supervisor, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digisence.cli.supervisor.FIRST_PAUSE", 0.01)
    supervisor.start(script("broken", "print('why'); raise SystemExit(7)"))
    run_until(supervisor, lambda: any("keeps dying" in line for line in lines(log, "up")))
    assert lines(log, "up").count("broken died (exit code 7)") == OFTEN
    assert lines(log, "broken") == ["why"] * OFTEN


def test_pauses_grow(supervisor: Supervisor) -> None:
    part = script("broken", "raise SystemExit(7)")
    part.started = time.monotonic()
    pauses = [part.pause() for _ in range(8)]
    assert pauses[:5] == [0.5, 1.0, 2.0, 4.0, 8.0]
    part.started = time.monotonic() - 31
    assert part.pause() == 0.5


def test_a_signal_stops_all_within_five_seconds_even_the_stubborn(supervisor: Supervisor, log: io.StringIO) -> None:
    deaf = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    )
    supervisor.start(script("stubborn", f"{deaf}; subprocess.Popen(['sleep', '60']); time.sleep(60)"))
    supervisor.start(script("gentle", "print('up', flush=True); import time; time.sleep(60)"))
    pids = [part.process.pid for part in supervisor.parts if part.process]
    run_until(supervisor, lambda: lines(log, "stubborn") and lines(log, "gentle") and children(pids[0]))
    pids += children(pids[0])
    supervisor.stopping = False
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    supervisor.run()
    begun = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begun < 5
    assert len(pids) == 3
    deadline = time.monotonic() + 5  # the orphaned grandchild is reaped by init, when it gets to it
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert lines(log, "up") == ["stubborn did not end in time and is killed"]


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def test_what_others_lean_on_ends_last(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    text = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2] + '\\n'); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nopen(sys.argv[1] + sys.argv[2], 'w')\ntime.sleep(60)"
    )
    for name, last in (("base", True), ("leaning", False)):
        supervisor.start(Part(name, [sys.executable, "-c", text, str(order), name], last=last))
    run_until(supervisor, lambda: len(list(tmp_path.glob("order*"))) == 2)
    supervisor.stop()
    assert order.read_text().split() == ["leaning", "base"]


def test_hushed_lines_are_left_out(supervisor: Supervisor, log: io.StringIO) -> None:
    text = "print('an alarming hint'); print('news')"
    supervisor.start(Part("talker", [sys.executable, "-u", "-c", text], hushed=(b"alarming",)))
    run_until(supervisor, lambda: lines(log, "talker"))
    assert set(lines(log, "talker")) == {"news"}


def test_a_program_reads_the_log_as_objects(log: io.StringIO) -> None:
    console = Console(log, as_json=True)
    console.line("web", '{"event":"request"}')
    console.line("redis", "ready")
    console.banner(["digisence is ready"], event="ready", url="http://x/")
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    assert all(one.pop("at").endswith("Z") for one in told)
    assert told == [
        {"part": "web", "log": {"event": "request"}},
        {"part": "redis", "line": "ready"},
        {"part": "up", "event": "ready", "url": "http://x/"},
    ]
