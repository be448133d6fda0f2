import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stream, type StreamState, type Verdict } from "../../src/realtime/stream";
import type { Delivery } from "../../src/realtime";
import { FakeSource } from "./doubles";

let heard: Delivery[];
let state: StreamState;
let verdict: Verdict;
let probes: number;

function open(): Stream {
  const stream = new Stream({
    url: "/api/admin/sse?initial=counts",
    retryDelay: 1_000,
    probe: () => Promise.resolve(((probes += 1), verdict)),
    onDelivery: (delivery) => heard.push(delivery),
    onState: (next) => (state = { ...next }),
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
  probes = 0;
  verdict = "reachable";
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("hello makes it open; messages carry their positions on", () => {
  open();
  FakeSource.last.hello("5-0");
  expect(state).toMatchObject({ open: true, position: "5-0", attempts: 0 });
  FakeSource.last.say({ type: "change", resource: "users" }, "6-0");
  expect(state.position).toBe("6-0");
  expect(heard.map(({ message, position }) => [message.type, position])).toEqual([["hello", undefined], ["change", "6-0"]]);
});

test("two heartbeats of silence end a stream that only looks alive; the next resumes where it stood", async () => {
  open();
  const first = FakeSource.last;
  first.hello("5-0", 15);
  await vi.advanceTimersByTimeAsync(29_000);
  first.beat("7-0");
  await vi.advanceTimersByTimeAsync(29_000);
  expect(first.closed).toBe(false);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(first.closed).toBe(true);
  expect(state.open).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSource.all).toHaveLength(2);
  expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("7-0");
  expect(FakeSource.last.url.searchParams.get("initial")).toBe("counts");
});

test("failures wait twice as long each time, with full jitter, at most 30 s", async () => {
  open();
  const waits = [];
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const before = FakeSource.all.length;
    FakeSource.last.fail();
    await vi.advanceTimersByTimeAsync(0);
    let waited = 0;
    while (FakeSource.all.length === before) {
      await vi.advanceTimersByTimeAsync(250);
      waited += 250;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
  expect(state.attempts).toBe(8);
  expect(probes).toBe(8);
});

test("a stream that held starts counting again", async () => {
  open();
  FakeSource.last.fail();
  await vi.advanceTimersByTimeAsync(5_000);
  FakeSource.last.hello();
  await vi.advanceTimersByTimeAsync(6_000);
  FakeSource.last.fail();
  expect(state.attempts).toBe(0);
});

test("bye is obeyed: back after retryMs, without asking when the server only drains", async () => {
  open();
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "bye", reason: "drain", retryMs: 4_000 });
  expect(FakeSource.last.closed).toBe(true);
  expect(state.open).toBe(false);
  await vi.advanceTimersByTimeAsync(3_900);
  expect(FakeSource.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(FakeSource.all).toHaveLength(2);
  expect(probes).toBe(0);
});

test("who is signed out does not come back", async () => {
  verdict = "signed-out";
  open();
  FakeSource.last.hello();
  FakeSource.last.say({ type: "bye", reason: "revoked", retryMs: 10 });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(state.verdict).toBe("signed-out");
  expect(FakeSource.all).toHaveLength(1);
});

test("lost sets the cursor, even backwards", () => {
  open();
  FakeSource.last.hello("90-0");
  FakeSource.last.say({ type: "lost", position: "3-0" });
  expect(state.position).toBe("3-0");
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

test("waking looks at once whether the stream has fallen silent", async () => {
  const stream = open();
  FakeSource.last.hello("5-0", 15);
  stream.wake();
  expect(FakeSource.all).toHaveLength(1);
  vi.setSystemTime(Date.now() + 60_000); // asleep: the clock went on, no timer ran
  stream.wake();
  expect(FakeSource.all).toHaveLength(2);
});

test("closed is closed", async () => {
  const stream = open();
  FakeSource.last.hello();
  stream.close();
  stream.wake();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeSource.all).toHaveLength(1);
  expect(FakeSource.last.closed).toBe(true);
});
