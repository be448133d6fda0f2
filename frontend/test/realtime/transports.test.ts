import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Finding } from "../../src/realtime/diagnosis";
import { Stream, type StreamState } from "../../src/realtime/stream";
import type { Delivery } from "../../src/realtime";
import { FakeSocket, FakeSource } from "./doubles";

const SSE = "/api/admin/sse?initial=counts";
const WS = "/api/admin/ws?initial=counts";
let heard: Delivery[];
let state: StreamState;
let finding: Finding;
let probes: boolean[];
let events: string[];

function open(addresses: object = { sse: SSE }): Stream {
  const stream = new Stream({
    addresses,
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
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSource.all = [];
  FakeSocket.all = [];
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

test("one stream too many: the reason is told, and Retry-After is waited for", async () => {
  finding = { reachable: true, over: false, reason: "limit", retryMs: 15_000 };
  const stream = open({ sse: SSE, websocket: WS });
  FakeSource.last.refuse();
  await pass(0);
  expect(probes).toEqual([true]);
  expect(state).toMatchObject({ reason: "limit", reachable: true, retryAt: Date.now() + 15_000 });
  stream.wake();
  await pass(14_900);
  expect(FakeSource.all).toHaveLength(1);
  for (let n = 0; n < 4; n += 1) {
    await pass(15_100);
    FakeSource.last.refuse();
  }
  expect(FakeSocket.all).toEqual([]); // which would be one too many as well
});

test("where events are held back, two silent openings lead to a WebSocket, which carries the same", async () => {
  open({ sse: SSE, websocket: WS });
  await pass(10_100); // silent
  expect(state.reason).toBe("silent");
  await pass(11_100); // and again
  expect(events).toContain("transport websocket");
  await pass(3_000);
  expect(FakeSource.all).toHaveLength(2);
  const socket = FakeSocket.last;
  expect(socket.url.href).toMatch(/^wss?:.*\/api\/admin\/ws\?initial=counts$/);
  socket.say({ type: "hello", position: "5-0", heartbeatSeconds: 15 });
  socket.say({ type: "subscribed", topics: [] });
  socket.say({ type: "job", id: "6-0", jobId: "j1", state: "running" });
  socket.say({ type: "change", id: "7-0", resource: "users", recordId: "u1" });
  expect(state).toMatchObject({ open: true, transport: "websocket" });
  expect(heard).toMatchObject([
    { message: { type: "hello" } },
    { message: { type: "job", id: "j1" }, position: "6-0" },
    { message: { type: "change", recordId: "u1" }, position: "7-0" },
  ]);
  expect(heard[1]!.message).not.toHaveProperty("jobId");
  expect(heard[2]!.message).not.toHaveProperty("id");
  await pass(29_000);
  socket.say({ type: "hb", id: "9-0" });
  expect(state.position).toBe("9-0");
  await pass(29_000);
  expect(state.open).toBe(true);
  socket.drop();
  await pass(1_000);
  expect(FakeSocket.last.url.searchParams.get("lastEventId")).toBe("9-0"); // what came through is what is tried again
});

test("without a WebSocket it goes on trying, ever more seldom", async () => {
  open();
  await pass(300_000);
  expect(FakeSource.all.length).toBeGreaterThan(10);
  expect(FakeSource.all.length).toBeLessThan(25);
  expect(state).toMatchObject({ open: false, reason: "silent", reachable: true });
});

test("a server that is down is no reason for another transport", async () => {
  finding = { reachable: false, over: false, reason: "server-down" };
  open({ sse: SSE, websocket: WS });
  for (let n = 0; n < 5; n += 1) {
    FakeSource.last.fail();
    await pass(31_000);
  }
  expect(FakeSocket.all).toEqual([]);
  expect(state).toMatchObject({ reachable: false, reason: "server-down" });
});

test("a WebSocket alone", () => {
  open({ websocket: WS });
  expect(FakeSource.all).toEqual([]);
  expect(FakeSocket.all).toHaveLength(1);
});
