"""A tab that shows some lists and a record, and writes down whatever it shows that it should not."""

import json
from typing import Any

from tests.e2e.tabs import BARE, Person, Tab

PATH = "/api/admin/categories"
WATCH = """
  if (!window.shown) {
    window.shown = {};
    window.wrong = [];
    window.log = [];
    realtime.onMessage(({ type, recordId, action, version }) => log.push([Date.now(), type, action, recordId, version].join(" ")));
    for (const query of %s) {
      const newest = new Map(), gone = new Map();
      let before = new Map();
      realtime.subscribe("%s" + query, ({ data, meta, error }) => {
        shown[query] = { data, total: meta.total, pending: meta.pending, error };
        if (data === undefined) return;
        const rows = Array.isArray(data) ? data : [data];
        const now = new Map(rows.map((row) => [row.id, row.version]));
        const say = (kind, id) => wrong.push({ kind, query, id, version: now.get(id), newest: newest.get(id), gone: gone.get(id) });
        if (now.size < rows.length) say("twice", rows.map(({ id }) => id).find((id, at, all) => all.indexOf(id) < at));
        for (const [id, version] of now) {
          if (version < newest.get(id)) say("stale", id);
          if (query === "" && !before.has(id) && version <= gone.get(id)) say("returned", id);
          newest.set(id, Math.max(version, newest.get(id) ?? 0));
        }
        for (const [id, version] of before) if (!now.has(id)) gone.set(id, version);
        before = now;
      });
    }
  }
"""
EVENTS = "realtime.timeline.entries().slice(-80).map(({ at, kind, detail }) => [at, kind, detail].join(' '))"
QUERIES = """
  realtime.client.getQueryCache().getAll().map(({ queryKey, state, isActive }) => {
    const { status, fetchStatus, fetchFailureCount, error, data } = state;
    return JSON.stringify({ query: queryKey[1], status, fetchStatus, fetchFailureCount, error: String(error),
      outdated: realtime.store.isOutdated(queryKey[1]), at: data?.at, position: data?.position, era: data?.era });
  })
"""


class Beholder:
    """One tab and what was done to it."""

    def __init__(self, person: Person, url: str, queries: list[str]) -> None:
        self.tab: Tab = person.tab(url, retryDelay=200, pollingInterval=1000, cacheTime=2000)
        self._url, self._queries = url, queries
        self.frozen = self.offline = False
        self.watch()

    def watch(self) -> None:
        """Show the lists; a page that was loaded anew, too."""
        self.tab.evaluate("window.opened")
        self.tab.evaluate(WATCH % (json.dumps(self._queries), PATH))

    def freeze(self) -> None:
        """As the browser does with tabs in the background."""
        self.frozen = True
        self.tab.freeze()

    def network(self, there: bool) -> None:
        """Take it away, or bring it back."""
        self.offline = not there
        self.tab.ask("Network.enable")
        rates = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.tab.ask("Network.emulateNetworkConditions", offline=not there, **rates)
        if not there:
            self.tab.evaluate("realtime.dropConnection()")  # which the emulation does not do

    def expire(self) -> None:
        """The access token has run out; its cookie is still there, as with browsers."""
        self.tab.ask(
            "Network.setCookie",
            name="access_token_cookie",
            value="expired",
            url=self._url + "/api",
            path="/api",
            httpOnly=True,
        )

    def edit(self, record_id: str, text: str) -> None:
        """Change a record in this tab; whatever comes of it."""
        edit = json.dumps({"resource": "categories", "id": record_id, "fields": {"description": text}})
        self.tab.evaluate(f"void realtime.mutate({edit}).catch((error) => error)")

    def go_and_return(self) -> None:
        """To another page and back, out of the browser's cache or loaded anew."""
        self.tab.visit(f"{self._url}/openapi.json")
        self.tab.evaluate("history.back()")
        self.tab.await_(self._url + BARE)
        self.watch()

    def front(self) -> None:
        """Bring it to the front, awake."""
        if self.frozen:
            self.frozen = False
            self.tab.freeze(frozen=False)
        self.tab.show()

    def account(self) -> list[str]:
        """All that helps to understand how it came to show what it shows."""
        return [
            str(line)
            for part in ("log.slice(-60)", EVENTS, QUERIES, "[realtime.status()]")
            for line in self.tab.evaluate(part)
        ]

    def shown(self) -> dict[str, Any]:
        """By query, what it shows."""
        return dict(self.tab.evaluate("shown"))

    def wrong(self) -> list[dict[str, Any]]:
        """What it showed that was older than what it had shown, or twice, or gone."""
        return list(self.tab.evaluate("wrong"))
