import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Finding } from "../../src/realtime/diagnosis";
import { Stream, type StreamState } from "../../src/realtime/stream";
import type { Delivery } from "../../src/realtime";
import { FakeSource } from "./doubles";

const SSE = "/api/admin/sse?initial=counts";
let heard: Delivery[];
let state: StreamState;
let finding: Finding;
let probes: boolean[];
let events: string[];

function open(): Stream {
  const stream = new Stream({
    addresses: { sse: SSE },
    retryDelay: 1_000,
    probe: (refused) => Promise.resolve((probes.push(refused), finding)),
    onDelivery: (delivery) => heard.push(delivery),
    onState: (next) => (state = { ...next }),
    onEvent: (kind, detail) => events.push(`${kind} ${detail ?? ""}`.trim()),
  });
  stream.open();
  return stream;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSource.all = [];
  heard = [];
  events = [];
  probes = [];
  finding = { reachable: true, over: false };
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

test("hello makes it open; messages carry their positions on", () => {
  open();
  expect(state).toMatchObject({ open: false, reason: "connecting" });
  FakeSource.last.hello("5-0");
  expect(state).toMatchObject({ open: true, transport: "sse", reason: undefined, position: "5-0", attempts: 0 });
  const stream = heard.length;
  FakeSource.last.say({ type: "change", resource: "users" }, "6-0");
  expect(stream).toBe(1);
  expect(state.position).toBe("5-0"); // what only moves the position is told by the delivery itself
  expect(heard.map(({ message, position }) => [message.type, position])).toEqual([["hello", undefined], ["change", "6-0"]]);
});

test("two heartbeats of silence end a stream that only looks alive; the next resumes where it stood", async () => {
  open();
  const first = FakeSource.last;
  first.hello("5-0", 15);
  await pass(29_000);
  first.beat("7-0");
  await pass(29_000);
  expect(first.closed).toBe(false);
  await pass(1_100);
  expect(first.closed).toBe(true);
  expect(state).toMatchObject({ open: false, reason: "silent", transport: undefined });
  await pass(1_000);
  expect(FakeSource.all).toHaveLength(2);
  expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("7-0");
  expect(FakeSource.last.url.searchParams.get("initial")).toBe("counts");
});

test("after a machine's sleep the watchdog knows within seconds that the stream is old", async () => {
  open();
  FakeSource.last.hello("5-0", 15);
  await pass(1_000);
  vi.setSystemTime(Date.now() + 3_600_000);
  await pass(5_000);
  expect(events.join()).toMatch(/silent 360\d s/);
});

test("a clock that was set back ends nothing", async () => {
  open();
  FakeSource.last.hello("5-0", 15);
  vi.setSystemTime(Date.now() - 3_600_000);
  await pass(14_000);
  FakeSource.last.beat("5-0");
  await pass(29_000);
  expect(FakeSource.last.closed).toBe(false);
  await pass(2_000);
  expect(FakeSource.all[0]!.closed).toBe(true);
});

test("failures wait twice as long each time, with full jitter, at most 30 s", async () => {
  open();
  const waits = [];
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const before = FakeSource.all.length;
    FakeSource.last.fail();
    await pass(0);
    let waited = 0;
    while (FakeSource.all.length === before) {
      await pass(250);
      waited += 250;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
  expect(state.attempts).toBe(8);
  expect(probes).toHaveLength(8);
});

test("a stream that held starts counting again", async () => {
  open();
  FakeSource.last.fail();
  await pass(5_000);
  FakeSource.last.hello();
  await pass(6_000);
  FakeSource.last.fail();
  expect(state).toMatchObject({ attempts: 0, reason: "cut" });
});

test("after a cut it comes back not before the time that the server told this client", async () => {
  open();
  FakeSource.last.say({ type: "hello", position: "5-0", heartbeatSeconds: 15, retryMs: 3_200 });
  FakeSource.last.fail();
  await pass(3_100);
  expect(FakeSource.all).toHaveLength(1);
  await pass(200);
  expect(FakeSource.all).toHaveLength(2);
});

test("bye is obeyed: back after retryMs, without asking when the server only drains", async () => {
  const stream = open();
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "bye", reason: "drain", retryMs: 4_000 });
  expect(FakeSource.last.closed).toBe(true);
  expect(state).toMatchObject({ open: false, reason: "drain", retryAt: Date.now() + 4_000 });
  stream.wake(); // nor does a look at the tab hurry it
  await pass(3_900);
  expect(FakeSource.all).toHaveLength(1);
  await pass(200);
  expect(FakeSource.all).toHaveLength(2);
  expect(probes).toEqual([]);
});

test("a bye for a reason that is not known here is one all the same", async () => {
  open();
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "bye", reason: "of another age", retryMs: 1_000 });
  expect(state.reason).toBe("disconnected");
  await pass(1_100);
  expect(FakeSource.all).toHaveLength(2);
});

test.each([["revoked", "revoked"], ["expired", "expired"], ["disconnected", "signed-out"]])(
  "who is signed out does not come back: %s", async (told, reason) => {
    finding = { reachable: true, over: true };
    const stream = open();
    FakeSource.last.hello();
    FakeSource.last.say({ type: "bye", reason: told, retryMs: 10 });
    await pass(120_000);
    stream.wake();
    expect(state).toMatchObject({ over: true, open: false, reason });
    expect(FakeSource.all).toHaveLength(1);
  },
);

test("lost sets the cursor, even backwards", () => {
  const stream = open();
  FakeSource.last.hello("90-0");
  FakeSource.last.say({ type: "lost", position: "3-0" });
  expect(stream.state.position).toBe("3-0");
  expect(events).toContain("lost goes on from 3-0");
});

test("a line that is no message changes nothing", () => {
  open();
  FakeSource.last.hello();
  FakeSource.last.raw("{nonsense");
  FakeSource.last.raw("42");
  FakeSource.last.raw('{"no":"type"}');
  expect(heard).toHaveLength(1);
  expect(FakeSource.last.closed).toBe(false);
});

test("waking looks at once whether the stream has fallen silent", () => {
  const stream = open();
  FakeSource.last.hello("5-0", 15);
  stream.wake();
  expect(FakeSource.all).toHaveLength(1);
  vi.setSystemTime(Date.now() + 60_000); // asleep: the clock went on, no timer ran
  stream.wake();
  expect(FakeSource.all).toHaveLength(2);
});

test("when the network came back, the old line is not trusted", () => {
  const stream = open();
  FakeSource.last.hello("5-0", 15);
  stream.wake("network");
  expect(FakeSource.all).toHaveLength(2);
  expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("5-0");
});

test("dropped by hand, it recovers as after any cut", async () => {
  const stream = open();
  FakeSource.last.hello("5-0");
  stream.cut();
  stream.cut();
  expect(state).toMatchObject({ open: false, reason: "cut", attempts: 1 });
  await pass(1_000);
  FakeSource.last.hello("5-0");
  expect(state.open).toBe(true);
  expect(FakeSource.all).toHaveLength(2);
});

test("closed is closed", async () => {
  const stream = open();
  FakeSource.last.hello();
  stream.close();
  stream.wake();
  await pass(120_000);
  expect(FakeSource.all).toHaveLength(1);
  expect(FakeSource.last.closed).toBe(true);
});
