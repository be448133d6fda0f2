"""Tabs of one browser that follow the stream by the published client alone, on a page of the product without a panel."""

import json
import re
import uuid
from typing import Any

from tests.e2e.devtools import Window
from tests.e2e.product import PASSWORD, Admin, Product
from tests.proxy import until

BARE = "/healthz"
PATIENCE = 40.0  # of a test, for what has no promise of speed

FOLLOW = """
  if (location.pathname === "%s") {
    window.heard = [];
    window.opened = import("/static/realtime.js").then(({ createRealtime }) => {
      window.realtime = createRealtime("", { options: %s, onSignedOut: () => window.signedOut = true });
      realtime.onMessage((message) => heard.push(message));
      realtime.connect();
    });
  }
"""


class Tab:
    """One tab."""

    def __init__(self, window: Window, context: str, url: str, agent: str, options: dict[str, Any]) -> None:
        self._window = window
        self.target = window.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._session = window.ask("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.ask("Emulation.setUserAgentOverride", userAgent=agent)
        self.ask("Page.setBypassCSP", enabled=True)  # the bare page has a policy of its own, which allows nothing
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=FOLLOW % (BARE, json.dumps(options)))
        self.visit(url + BARE)
        self.evaluate("window.opened")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the developer tools."""
        return self._window.ask(method, self._session, **parameters)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self._window.evaluate(self._session, expression)

    def visit(self, url: str) -> None:
        """Go somewhere else."""
        self.ask("Page.navigate", url=url)
        self.await_(url)

    def await_(self, url: str) -> None:
        """Until a page is there."""
        until(lambda: self.evaluate("document.readyState === 'complete' && location.href") == url, PATIENCE, url)

    def show(self) -> None:
        """Bring it to the front: the one that was there is hidden."""
        self._window.ask("Target.activateTarget", targetId=self.target)
        until(lambda: self.evaluate("document.visibilityState") == "visible")

    def freeze(self, frozen: bool = True) -> None:
        """As the browser does with tabs that were hidden for long."""
        self.ask("Page.setWebLifecycleState", state="frozen" if frozen else "active")

    def close(self) -> None:
        """Close it, as one does with the mouse."""
        self._window.ask("Target.closeTarget", targetId=self.target)

    @property
    def status(self) -> dict[str, Any]:
        """What the client says of its connection."""
        return dict(self.evaluate("realtime.status()"))

    @property
    def leads(self) -> bool:
        """Whether this tab holds the stream."""
        return bool(self.status["leads"])

    def until(self, wait: float = PATIENCE, **wanted: Any) -> float:
        """Wait for a status; returns the seconds it took."""
        return until(lambda: wanted.items() <= self.status.items(), wait, f"{wanted} did not come")

    def heard(self) -> list[str]:
        """The kinds of messages it heard."""
        return list(self.evaluate("heard.map(each => each.type)"))

    def shows(self, text: str) -> bool:
        """Whether the page has such a text."""
        return text in str(self.evaluate("document.body.innerText"))

    def versions(self, record_id: str) -> list[int]:
        """Of a record, in the order in which the tab heard of them."""
        mine = f"each.action === 'updated' && each.recordId === '{record_id}'"
        return list(self.evaluate(f"heard.filter(each => {mine}).map(each => each.version)"))

    def events(self, kind: str) -> list[str]:
        """What the timeline says of one kind of event."""
        return list(
            self.evaluate(
                f"realtime.timeline.entries().filter(each => each.kind === '{kind}').map(each => each.detail)"
            )
        )

    def caught_up(self) -> int:
        """How many messages it was told by the tab that holds the stream, at the most of all times."""
        told = (re.fullmatch(r"caught up with (\d+) messages", each) for each in self.events("follower"))
        return max((int(each[1]) for each in told if each), default=0)


class Person:
    """A signed-in superadmin with a browser window."""

    def __init__(self, window: Window, product: Product, admin: Admin) -> None:
        self._window, self.product, self.admin = window, product, admin
        self._context = window.ask("Target.createBrowserContext")["browserContextId"]
        self._email, _ = product.first_sign_in()
        self._signed_in = False
        self._agent = f"Browser {uuid.uuid4()}"

    def tab(self, url: str = "", **options: Any) -> Tab:
        """One more tab; `url` where there is a proxy in between; `options` of the client."""
        if not self._signed_in:
            self._sign_in(url or self.product.url)
        return Tab(self._window, self._context, url or self.product.url, self._agent, options)

    def _sign_in(self, url: str) -> None:
        door = Tab(self._window, self._context, url, self._agent, {"enableSSE": False})
        body = json.dumps(json.dumps({"email": self._email, "password": PASSWORD}))
        told = {"method": "POST", "headers": {"Content-Type": "application/json"}}
        reply = f"fetch('/api/auth/login', {{...{json.dumps(told)}, body: {body}}}).then(reply => reply.status)"
        assert door.evaluate(reply) == 200
        door.close()
        self._signed_in = True

    def tabs(self, count: int) -> list[Tab]:
        """So many, all live; the last is in front."""
        tabs = [self.tab() for _ in range(count)]
        for tab in tabs:
            tab.until(state="live")
        return tabs

    def streams(self) -> list[dict[str, Any]]:
        """What the server holds open for this browser."""
        open_ = self.admin.get("/api/admin/realtime/connections")["items"]
        return [stream for stream in open_ if stream["agent"] == self._agent]

    def leave(self) -> None:
        """Close the window."""
        self._window.ask("Target.disposeBrowserContext", browserContextId=self._context)


class Subject:
    """A record that is changed while tabs come and go."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self.id = str(admin.post("/api/admin/categories", {"name": f"Category {uuid.uuid4()}"})["id"])
        self.version = 1

    def change(self, times: int = 1) -> None:
        """One after the other."""
        for _ in range(times):
            changed = self._admin.patch(f"/api/admin/categories/{self.id}", {"description": f"After {self.version}"})
            self.version = int(changed["version"])

    def reaches(self, *tabs: Tab) -> None:
        """Each tab comes to have heard of all changes, in order, each once."""
        wanted = list(range(2, self.version + 1))
        for tab in tabs:
            until(lambda tab=tab: len(tab.versions(self.id)) >= len(wanted), PATIENCE, "a change did not come")  # type: ignore[misc]
            assert tab.versions(self.id) == wanted


def leader(tabs: list[Tab]) -> Tab:
    """The one that holds the stream."""
    until(lambda: sum(tab.leads for tab in tabs) == 1, PATIENCE, "not one tab leads")
    return next(tab for tab in tabs if tab.leads)
