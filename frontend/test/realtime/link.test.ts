import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, MOST_EVENTS, reasonInWords, REASONS, type Connection, type RealtimeOptions, type Realtime } from "../../src/realtime";
import { Timeline } from "../../src/realtime/timeline";
import { FakeChannel } from "./browser";
import { FakeSource, reply } from "./doubles";

let realtime: Realtime;
let account: () => Response | Promise<Response>;
let asked: string[];
let signedOut: number;
let seen: Connection[];

function start(options: Partial<RealtimeOptions> = {}): Realtime {
  realtime = createRealtime("", {
    fetch: (path) => {
      asked.push(path);
      return Promise.resolve(account());
    },
    onSignedOut: () => (signedOut += 1),
    options,
  });
  realtime.onStatus(() => seen.push(realtime.status()));
  realtime.connect();
  return realtime;
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function status(): Connection {
  return realtime.status();
}

function kinds(): string[] {
  return realtime.timeline.entries().map(({ kind }) => kind);
}

function streams(): number {
  return FakeSource.all.filter(({ closed }) => !closed).length;
}

function noServer(): Promise<Response> {
  return Promise.reject(new TypeError("Failed to fetch"));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", undefined);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSource.all = [];
  account = () => reply({});
  asked = [];
  signedOut = 0;
  seen = [];
});

afterEach(() => {
  realtime.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("from connecting to live, and since when", async () => {
  start();
  expect(status()).toMatchObject({ state: "polling", reason: "connecting", transport: undefined, leads: true });
  await pass(100);
  FakeSource.last.hello("5-0");
  expect(status()).toMatchObject({ state: "live", reason: undefined, transport: "sse", since: Date.now(), position: "5-0" });
  expect(kinds()).toEqual(["leader", "opening", "hello", "state"]);
});

test("cut, server down, back: each with its reason", async () => {
  start();
  FakeSource.last.hello("5-0");
  await pass(6_000);
  account = noServer;
  FakeSource.last.fail();
  expect(status()).toMatchObject({ state: "polling", reason: "cut" });
  await pass(0);
  expect(status()).toMatchObject({ state: "offline", reason: "server-down", retryAt: Date.now() + 500 });
  await pass(600);
  FakeSource.last.hello("5-0");
  expect(status()).toMatchObject({ state: "live", reason: undefined, retryAt: undefined });
});

test("without a network", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  start();
  account = noServer;
  FakeSource.last.fail();
  await pass(0);
  expect(status()).toMatchObject({ state: "offline", reason: "network" });
  await pass(600);
  const before = FakeSource.all.length;
  dispatchEvent(new Event("online"));
  expect(FakeSource.all.length).toBe(before + 1);
});

test("an ordinary request that is answered ends the wait", async () => {
  start();
  account = noServer;
  for (let n = 0; n < 6; n += 1) {
    FakeSource.last.fail();
    await pass(31_000);
  }
  FakeSource.last.fail();
  await pass(0);
  expect(status().state).toBe("offline");
  const before = FakeSource.all.length;
  account = () => reply({ id: "a", version: 1 }, "5-0");
  await realtime.query("/api/admin/users/a");
  expect(status()).toMatchObject({ state: "polling" });
  expect(FakeSource.all.length).toBe(before + 1);
});

test("a session that is over: told once, nothing is tried any more, and it can be opened anew", async () => {
  start();
  FakeSource.last.hello("5-0");
  account = () => reply({}, undefined, 401);
  FakeSource.last.say({ type: "bye", reason: "revoked", retryMs: 100 });
  await pass(60_000);
  expect(signedOut).toBe(1);
  expect(status()).toMatchObject({ state: "offline", reason: "revoked" });
  expect(streams()).toBe(0);
  account = () => reply({});
  realtime.connect();
  FakeSource.last.hello("6-0");
  expect(status().state).toBe("live");
});

test("all turned off", () => {
  start({ enableSSE: false });
  expect(status()).toMatchObject({ state: "polling", reason: "disabled" });
  expect(FakeSource.all).toEqual([]);
});

test.each([["freeze", "resume", document], ["pagehide", "pageshow", globalThis]] as const)(
  "after %s nothing stays open; after %s it goes on where it stood", async (sleep, rise, target) => {
    start();
    FakeSource.last.hello("5-0");
    FakeSource.last.say({ type: "change", resource: "users", action: "updated" }, "6-0");
    target.dispatchEvent(new Event(sleep));
    expect(streams()).toBe(0);
    await pass(600_000);
    expect(streams()).toBe(0);
    target.dispatchEvent(Object.assign(new Event(rise), { persisted: true }));
    expect(status()).toMatchObject({ state: "polling", reason: "connecting" });
    expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("6-0");
  },
);

test("dropped on request, it recovers", async () => {
  start();
  FakeSource.last.hello("5-0");
  realtime.dropConnection();
  expect(status()).toMatchObject({ state: "polling", reason: "cut" });
  await pass(1_100);
  FakeSource.last.hello("5-0");
  expect(status().state).toBe("live");
  expect(kinds()).toEqual(["leader", "opening", "hello", "state", "dropped", "failed", "state", "retry", "opening", "hello", "state"]);
});

test("pretending to be offline: no stream, no request; then all comes back", async () => {
  start();
  FakeSource.last.hello("5-0");
  realtime.pretendOffline(true);
  expect(status()).toMatchObject({ state: "offline", reason: "pretended" });
  expect(streams()).toBe(0);
  asked = [];
  await expect(realtime.query("/api/admin/users", { retryAttempts: 0 })).rejects.toMatchObject({ status: 0 });
  dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange"));
  document.dispatchEvent(new Event("resume"));
  await pass(60_000);
  expect(asked).toEqual([]);
  expect(streams()).toBe(0);
  expect(status()).toMatchObject({ state: "offline", reason: "pretended" });
  realtime.pretendOffline(false);
  FakeSource.last.hello("9-0");
  expect(status().state).toBe("live");
  expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("5-0");
});

test("what only moves the position is told at most twice a second", async () => {
  start();
  FakeSource.last.hello("5-0");
  await pass(1_000);
  seen = [];
  for (let n = 0; n < 100; n += 1) FakeSource.last.beat(`${6 + n}-0`);
  await pass(1_000);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ position: "105-0" });
});

test("closed is closed", async () => {
  start();
  FakeSource.last.hello("5-0");
  realtime.close();
  dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("resume"));
  await pass(60_000);
  expect(streams()).toBe(0);
  expect(status()).toMatchObject({ state: "offline", reason: "closed" });
});

test("signing out ends the other tabs' streams too, and they are told", async () => {
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  const first = start();
  const second = start();
  first.close(true);
  await pass(0);
  expect(signedOut).toBe(1);
  expect(second.status()).toMatchObject({ state: "offline", reason: "signed-out" });
  expect(streams()).toBe(0);
});

test("every reason has a sentence; a live connection needs none", () => {
  start();
  FakeSource.last.hello();
  expect(reasonInWords(status())).toBeUndefined();
  for (const reason of Object.keys(REASONS) as (keyof typeof REASONS)[]) {
    expect(reasonInWords({ ...status(), reason })).toMatch(/^[A-Z].*\.$/);
  }
});

test("the timeline keeps the last events, in order, as one array until something happens", () => {
  start();
  const timeline = new Timeline();
  let calls = 0;
  const stop = timeline.subscribe(() => (calls += 1));
  for (let n = 0; n < MOST_EVENTS + 50; n += 1) timeline.record("retry", String(n));
  const entries = timeline.entries();
  expect(entries).toHaveLength(MOST_EVENTS);
  expect(entries.at(0)).toMatchObject({ id: 51, detail: "50", where: "here" });
  expect(entries.at(-1)).toMatchObject({ id: MOST_EVENTS + 50 });
  expect(timeline.entries()).toBe(entries);
  expect(calls).toBe(MOST_EVENTS + 50);
  stop();
  timeline.record("retry");
  expect(calls).toBe(MOST_EVENTS + 50);
});
