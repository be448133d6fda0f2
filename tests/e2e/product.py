"""The whole product as a user starts it: `digisence up` on an instance folder of its own, read through its terminal."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

PROGRAM = [sys.executable, "-P", "-m", "digisence"]
READY_SECONDS = 60
PASSWORD = "a long enough password"


class Product:
    """A running `digisence up`. `lines` is what it printed."""

    def __init__(self, instance: Path, database: str, **environment: str) -> None:
        self.instance, self.database = instance, database
        ours = {"DIGISENCE_INSTANCE": str(instance), "DATABASE_URL": database, "DIGISENCE_DRILL_INTERVAL": "0"}
        self._environment = {**os.environ, **ours, **environment}
        self._environment.pop("REDIS_URL", None)
        self.lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self.url = self.email = self.password = ""
        self._port = 0
        self._admins: list[Admin] = []

    def start(self, patience: float = READY_SECONDS) -> "Product":
        """Start, and wait for the line that says it is ready."""
        self.lines.clear()
        self._process = subprocess.Popen(
            [*PROGRAM, "up", "--port", str(self._port)], env=self._environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self.await_line(r"digisence is ready:\s+(\S+?)/\s", patience)
        self._port = int(self.url.rsplit(":", 1)[1])
        return self

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.lines.extend(self._process.stdout)

    def await_line(self, pattern: str, seconds: float = READY_SECONDS) -> str:
        """The first group of the first line that matches; AssertionError with the log when none comes."""
        deadline = time.monotonic() + seconds
        while True:
            for line in list(self.lines):
                found = re.search(pattern, line)
                if found:
                    return found[1]
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.02)

    def first_sign_in(self) -> tuple[str, str]:
        """E-mail and one-time password, as printed on the first start."""
        return self.await_line(r"e-mail\s+(\S+)"), self.await_line(r"password\s+(\S+)")

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Another `digisence` command on the same instance."""
        return subprocess.run(
            [*PROGRAM, *arguments], env=self._environment, text=True, capture_output=True, check=check, timeout=120
        )

    def admin(self, password: str = "") -> "Admin":
        """The first superadmin's program, signed in; `password` when the one-time one has been changed."""
        email, once = self.first_sign_in()
        self._admins.append(Admin(self.url))
        return self._admins[-1].sign_in(email, password or once)

    def pids(self, part: str = "") -> list[int]:
        """Processes of the tree; of one part when named (`gunicorn`, `worker`, …)."""
        import psutil

        assert self._process is not None
        children = psutil.Process(self._process.pid).children(recursive=True)
        return [child.pid for child in children if part in " ".join(child.cmdline())]

    def kill_part(self, part: str) -> None:
        """SIGKILL for the processes of one part. When it returns they are gone, with every connection they held."""
        import psutil

        victims = []
        for pid in self.pids(part):
            with contextlib.suppress(psutil.NoSuchProcess):
                victims.append(psutil.Process(pid))
                victims[-1].kill()
        _, left = psutil.wait_procs(victims, timeout=10)
        assert left == []

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(15)

    def kill(self) -> None:
        """SIGKILL for all of it at once, as when the machine's power fails."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def close(self) -> None:
        """Make sure that nothing is left."""
        for admin in self._admins:
            admin.http.close()
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Admin:
    """A superadmin's program: signs in and calls the API with a bearer token."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=20)

    def sign_in(self, email: str, password: str) -> "Admin":
        """Sign in; change a one-time password at once."""
        answer = self._login(email, password)
        if answer["user"]["mustChangePassword"]:
            self.post("/api/auth/password", {"currentPassword": password, "newPassword": PASSWORD})
            self._login(email, PASSWORD)
        return self

    def _login(self, email: str, password: str) -> dict[str, Any]:
        answer = self.http.post("/api/auth/login", json={"email": email, "password": password})
        answer.raise_for_status()
        self.http.cookies.clear()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        return dict(answer.json())

    def get(self, path: str, **parameters: Any) -> Any:
        """GET as JSON."""
        answer = self.http.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """POST as JSON."""
        answer = self.http.post(path, json=body or {})
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def patch(self, path: str, body: Any) -> Any:
        """PATCH as JSON."""
        answer = self.http.patch(path, json=body)
        answer.raise_for_status()
        return answer.json()
