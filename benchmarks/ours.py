"""The whole application as `up` runs its web part, with a signed-in superadmin: what the benchmarks measure."""

import http.client
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from digisence import create_app
from digisence.accounts import create_superadmin
from digisence.changes import Context
from digisence.cli import web
from digisence.extensions import sse

from .servers import Server, listen

SECRET = "a-secret-for-benchmarks-only-0123456789"
EMAIL, PASSWORD = "bench@example.org", "three grey horses run"
THREADS = 16
LIMITS = {f"DIGISENCE_STREAM_LIMIT{part}": "100000" for part in ("", "_USER", "_ADDRESS")}
# What the clients ask for, in turn; each of these has the messages' topic
TOPICS = ("", "&topics=businesses", "&topics=businesses,users", "&topics=businesses,professionals,integrity,job")


class Ours(Server):
    """digisence: gunicorn with threads, every part of the application, rights and topics looked at."""

    name = "digisence"
    threads = THREADS

    def __init__(self, folder: Path, web_processes: int, clients: int, **environment: str) -> None:
        super().__init__(folder, web_processes, clients)
        self._environment = environment
        self.database_url = f"sqlite:///{folder}/benchmark.sqlite"

    def begin(self) -> None:
        app = create_app(
            instance=self.folder, secret_key=SECRET, database_url=self.database_url, redis_url=self.redis.url
        )
        with app.app_context():
            upgrade()
            create_superadmin(EMAIL, PASSWORD, Context("system:benchmark"))
        environment = {
            "DATABASE_URL": self.database_url, "REDIS_URL": self.redis.url, "DIGISENCE_INSTANCE": str(self.folder),
            "DIGISENCE_SECRET_KEY": SECRET, **LIMITS, **self._environment,
        }  # fmt: skip
        with listen() as listening:
            self.spawn(web.command(listening.fileno(), self.web_processes, self.threads), environment, listening)

    def start(self) -> None:
        super().start()
        self.token = self.ask("POST", "/api/auth/login", {"email": EMAIL, "password": PASSWORD})["accessToken"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a reply."""
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if body is None:
            headers["Authorization"] = f"Bearer {self.token}"
        with closing(http.client.HTTPConnection(*self.address, timeout=30)) as connection:
            connection.request(method, path, body and json.dumps(body), headers)
            reply = connection.getresponse()
            content = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {path}: {reply.status} {content.decode()}")
        return json.loads(content)

    def requests(self, count: int) -> list[bytes]:
        lines = ["Host: x", "Accept: text/event-stream", f"Authorization: Bearer {self.token}", "", ""]
        rest = "\r\n".join(lines)
        paths = [f"/api/admin/sse?initial=none{topics}" for topics in TOPICS]
        return [f"GET {paths[number % len(paths)]} HTTP/1.1\r\n{rest}".encode() for number in range(count)]

    def publish(self, message: dict[str, Any]) -> None:
        sse.publish(message)
