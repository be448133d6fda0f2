/** The examples as an application runs them: the packed package, a React of its own, a server that answers from a table. */
import { RealtimeProvider, createRealtime, setDefaultRealtime } from "@digisence/realtime";
import { RealtimeDebug } from "@digisence/realtime/debug";
import { act, version, type ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { MyComponent } from "./examples/basic-real-time-data-fetching";

const BUSINESSES = "/api/admin/businesses";
const asked: string[] = [];
let answers: Record<string, unknown>;

class Source {
  static last: Source;
  onmessage: ((event: { data: string; lastEventId: string }) => void) | null = null;
  constructor() {
    Source.last = this;
  }
  addEventListener() {}
  close() {}
  say(message: object, lastEventId = "") {
    this.onmessage?.({ data: JSON.stringify({ timestamp: "t", ...message }), lastEventId });
  }
}

async function answer(address: string, init: RequestInit = {}): Promise<Response> {
  const request = `${init.method ?? "GET"} ${address}`;
  asked.push(request);
  const found = answers[request];
  const headers = { "Content-Type": "application/json", "X-Feed-Position": "1-0" };
  if (found === undefined) return new Response(JSON.stringify({ detail: "There is none." }), { status: 404, headers });
  return new Response(JSON.stringify(found), { headers });
}

async function shown(node: ReactElement) {
  const box = document.body.appendChild(document.createElement("div"));
  const root = createRoot(box);
  await act(async () => root.render(node));
  return { box, end: () => act(async () => root.unmount()) };
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("BroadcastChannel", undefined);
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("BusinessList", ({ businesses = [] }: { businesses?: { name: string }[] }) => <ul>{businesses.map(({ name }) => <li key={name}>{name}</li>)}</ul>);
  setDefaultRealtime(undefined);
  asked.length = 0;
  answers = { [`GET ${BUSINESSES}`]: { items: [{ id: "a", version: 1, name: "Bakery" }], page: 1, limit: 20, total: 1 } };
});

test("React is the one that was meant", () => {
  expect(version.split(".")[0]).toBe(process.env["REACT"]);
});

test("the basic example loads, shows, and follows the stream", async () => {
  const { box, end } = await shown(<MyComponent />);
  await vi.waitFor(() => expect(box.innerHTML).toBe("<div><ul><li>Bakery</li></ul></div>"));
  await act(async () => {
    Source.last.say({ type: "hello", position: "1-0", heartbeatSeconds: 15 });
    Source.last.say({ type: "change", resource: "businesses", recordId: "a", action: "updated", version: 2, baseVersion: 1, patch: { name: "Forge" } }, "2-0");
  });
  await vi.waitFor(() => expect(box.innerHTML).toBe("<div><ul><li>Forge</li></ul></div>"));
  expect(asked).toEqual([`GET ${BUSINESSES}`]);
  await end();
});

test("the basic example says that it loads, and what went wrong", async () => {
  answers = {};
  const { box, end } = await shown(<MyComponent />);
  await vi.waitFor(() => expect(box.innerHTML).toBe("<div><div>Error: There is none.</div></div>"));
  await end();
});

test("the debug view shares its context with the hooks", async () => {
  const realtime = createRealtime();
  const { box, end } = await shown(<RealtimeProvider realtime={realtime}><MyComponent /><RealtimeDebug /></RealtimeProvider>);
  await vi.waitFor(() => expect(box.querySelector("tbody th")).not.toBeNull());
  await vi.waitFor(() => expect([...box.querySelectorAll("th")].map(({ textContent }) => textContent)).toContain(BUSINESSES));
  await end();
  realtime.close();
});

test("data synchronization asks the server", async () => {
  const check = { type: "orphaned_user", description: "d", affectedRecords: ["a"], affectedCount: 1, severity: "high" };
  const run = { state: "failed", success: true, fixedRecords: 2, errors: [], error: null, integrityChecks: [check] };
  answers["POST /api/admin/integrity/runs"] = { runId: "r" };
  answers["GET /api/admin/integrity/runs/r"] = run;
  answers["GET /api/admin/integrity/statistics"] = { users: 3, healthy: false };
  const { checks, result, stats } = await import("./examples/data-synchronization");
  expect(checks).toEqual([check]);
  expect(result).toEqual({ success: true, fixedRecords: 2, errors: [], integrityChecks: [check] });
  expect(stats).toEqual({ users: 3, healthy: false });
});

test("the background service is the server's", async () => {
  const running = { isRunning: true };
  answers["POST /api/admin/sync/start"] = answers["GET /api/admin/sync"] = running;
  answers["POST /api/admin/sync/stop"] = { isRunning: false };
  const { status } = await import("./examples/background-service");
  expect(await status).toEqual(running);
  expect(asked).toEqual(["POST /api/admin/sync/start", "GET /api/admin/sync", "POST /api/admin/sync/stop"]);
});

test("the test command runs the server's selftest", async () => {
  answers["POST /api/admin/selftest"] = { success: true, results: [] };
  expect((await import("./examples/test-commands")).results).toEqual({ success: true, results: [] });
});
