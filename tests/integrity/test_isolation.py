"""A stranger's rule asked apart: whatever it does, a reason comes back in time and the next question is answered."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from digisence.integrity.isolation import RuleBroken, ask, environment

SECONDS = 3.0
HARM = {
    "hangs": ("import time; time.sleep(600)", "longer than 3 s"),
    "hangs_in_c": ("import re; re.match(r'(a+)+$', 'a' * 64 + 'b')", "longer than 3 s"),
    "hangs_and_disarms": (
        "import signal, sys\n"
        "signal.setitimer(signal.ITIMER_REAL, 0); signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "while True: pass",
        "longer than 3 s",
    ),
    "hoards": ("held = [bytes(400_000_000) for _ in range(9)]", "more memory than a rule may have"),
    "writes_a_file": ("open(__file__ + '.big', 'wb').write(bytes(200_000_000))", "File too large"),
    "exits": ("import os, sys; print('so long', file=sys.stderr, flush=True); os._exit(9)", "code 9: so long"),
    "leaves": ("import sys; sys.exit(4)", "SystemExit: 4"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "by SIGSEGV"),
    "no_syntax": ("def find(:\n    pass", "SyntaxError"),
    "no_import": ("import nothing_of_that_name", "ModuleNotFoundError"),
    "raises": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "no_rule": ("x = 1", "holds no rule"),
    "old_api": (
        "from digisence.integrity.rule import rule\n@rule('r', api=2, resource='users', severity='low', title='T')\n"
        "def find(q): ...",
        "rule API 2, this digisence speaks 1",
    ),
    "kills_its_keeper": ("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "is lost"),
}
TALKS = """
import os, subprocess, sys, threading
from digisence.integrity.rule import rule
print("noise"); os.write(1, b"more noise\\n" * 9000)
threading.Thread(target=threading.Event().wait).start()
started = subprocess.Popen(["sleep", "600"])

@rule("talks", api=1, resource="users", severity="low", title=f"{started.pid} {sorted(os.environ)}")
def find(q):
    return q.select(q.users.id)
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to import from, and secrets in our own environment."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("DATABASE_URL", "REDIS_URL", "DIGISENCE_SECRET_KEY", "DIGISENCE_INSTANCE", "AWS_SECRET", "PGPASSWORD"):
        monkeypatch.setenv(name, "secret")
    return tmp_path


def describe(module: str) -> Any:
    return ask({"command": "describe", "name": "core", "value": module}, SECONDS)


@pytest.mark.parametrize("name", list(HARM))
def test_harm_has_a_reason_and_harms_nobody_else(name: str, modules: Path) -> None:
    source, reason = HARM[name]
    (modules / f"bad_{name}.py").write_text(source)
    started = time.monotonic()
    with pytest.raises(RuleBroken, match=reason):
        describe(f"bad_{name}")
    assert time.monotonic() - started < 60  # far below what it asked for
    assert len(describe("digisence.integrity.checks")) > 3


def test_a_rule_sees_none_of_our_secrets_and_leaves_nobody_behind(modules: Path) -> None:
    (modules / "talking.py").write_text(TALKS)
    (told,) = describe("talking")
    pid, _, names = told["title"].partition(" ")
    allowed = {
        "HOME",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "PATH",
        "TMPDIR",
        "TZ",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
    }
    assert set(eval(names)) <= allowed
    assert "secret" not in str(environment().values())
    deadline = time.monotonic() + 20
    while running(int(pid)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def running(pid: int) -> bool:
    """True while the process is there and is no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_forked_process_asks_a_sandbox_of_its_own() -> None:
    """As RQ's work-horse does: two that read from one pipe would take each other's answers."""
    program = (
        "import os\nfrom digisence.integrity.isolation import ask, _boxes\n"
        "q = {'command': 'describe', 'name': 'core', 'value': 'digisence.integrity.checks'}\n"
        "ask(q, 20)\npid = os.fork()\nask(q, 20)\nassert os.getpid() in _boxes\n"
        "if pid: raise SystemExit(os.waitpid(pid, 0)[1])"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
