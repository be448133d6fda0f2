// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SharedStream } from "../../src/realtime/share";
import type { StreamState } from "../../src/realtime/stream";
import type { Delivery } from "../../src/realtime";
import { FakeChannel, FakeLocks } from "./browser";
import { FakeSource } from "./doubles";

const LIVE = 20;

class Tab {
  heard: string[] = [];
  events: string[] = [];
  hidden = false;
  state: StreamState | undefined;
  readonly shared: SharedStream;

  constructor(name: string) {
    this.shared = new SharedStream({
      name,
      addresses: { sse: "/api/admin/sse" },
      retryDelay: 1_000,
      hidden: () => this.hidden,
      probe: () => Promise.resolve({ reachable: true, over: false }),
      onDelivery: ({ message, position }: Delivery) => this.heard.push(`${message.type} ${position ?? ""}`.trim()),
      onState: (state) => (this.state = { ...state }),
      onEvent: (kind, detail, where = "here") => this.events.push(`${kind} ${where} ${detail ?? ""}`.trim()),
    });
    this.shared.open();
  }

  hide(): void {
    this.hidden = true;
    this.shared.hide();
  }

  show(): void {
    this.hidden = false;
    this.shared.wake();
  }

  get leads(): boolean {
    return this.shared.leads;
  }
}

let tabs: Tab[];

/** Opens a tab and lets it settle. */
async function tab(name = "one"): Promise<Tab> {
  const made = new Tab(name);
  tabs.push(made);
  await pass(LIVE);
  return made;
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

async function say(message: object, position?: string): Promise<void> {
  FakeSource.last.say(message, position);
  await pass(1);
}

async function change(...positions: string[]): Promise<void> {
  for (const position of positions) await say({ type: "change", resource: "users", action: "updated" }, position);
}

async function hello(position = "5-0"): Promise<void> {
  FakeSource.last.hello(position);
  await pass(1);
}

function streams(): FakeSource[] {
  return FakeSource.all.filter(({ closed }) => !closed);
}

function resumesFrom(): string | null {
  return FakeSource.last.url.searchParams.get("lastEventId");
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", { locks: new FakeLocks(), onLine: true });
  vi.stubGlobal("location", { href: "http://localhost/" });
  vi.stubGlobal("document", { visibilityState: "visible" });
  FakeSource.all = [];
  FakeChannel.open = [];
  tabs = [];
});

afterEach(() => {
  for (const each of tabs) each.shared.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("twelve tabs, one stream, and all hear everything once", async () => {
  for (let n = 0; n < 12; n += 1) await tab();
  await hello();
  await change("6-0", "7-0");
  expect(streams()).toHaveLength(1);
  expect(tabs.filter(({ leads }) => leads)).toHaveLength(1);
  for (const each of tabs) {
    expect(each.heard).toEqual(["hello", "change 6-0", "change 7-0"]);
    expect(each.state).toMatchObject({ open: true, transport: "sse" });
  }
});

test("when the leader goes the next resumes where it stood, and nobody hears anything twice or not at all", async () => {
  const [first, second, third] = [await tab(), await tab(), await tab()];
  await hello();
  await change("6-0");
  first.shared.close();
  await pass(1);
  expect(second.leads).toBe(true);
  expect(streams()).toHaveLength(1);
  expect(resumesFrom()).toBe("6-0");
  await hello("8-0");
  await change("7-0", "8-0"); // what was said meanwhile is said again
  for (const each of [second, third]) expect(each.heard.filter((word) => word !== "hello")).toEqual(["change 6-0", "change 7-0", "change 8-0"]);
});

test("a leader that resumes from further back than another tab stands brings that one nothing twice", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  await change("6-0");
  const late = FakeChannel.open[1]!; // the next leader's ear is slow
  const ear = late.onmessage;
  late.onmessage = null;
  const third = await tab();
  await change("7-0");
  late.onmessage = ear;
  first.shared.close();
  await pass(1);
  expect(second.leads).toBe(true);
  expect(resumesFrom()).toBe("6-0");
  await hello("7-0");
  await change("7-0", "8-0");
  expect(second.heard).toEqual(["hello", "change 6-0", "hello", "change 7-0", "change 8-0"]);
  expect(third.heard.filter((word) => word.startsWith("change"))).toEqual(["change 7-0", "change 8-0"]);
});

test("a tab that missed something asks the leader for it", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  await change("6-0");
  const channel = FakeChannel.open[1]!;
  const ear = channel.onmessage;
  channel.onmessage = null;
  await change("7-0", "8-0");
  channel.onmessage = ear;
  await change("9-0");
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0", "change 7-0", "change 8-0", "change 9-0"]);
  expect(second!.events).toContain("follower here caught up with 3 messages");
});

test("a heartbeat shows a gap as well", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  const channel = FakeChannel.open[1]!;
  const ear = channel.onmessage;
  channel.onmessage = null;
  await change("6-0");
  channel.onmessage = ear;
  FakeSource.last.beat("6-0");
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0"]);
});

test("a tab that comes later is told how things stand, where it begins, and the last counts", async () => {
  await tab();
  await hello();
  await say({ type: "initial", data: { users: 3 } }, "5-0");
  await change("6-0");
  const second = await tab();
  expect(second.heard).toEqual(["hello", "initial 5-0"]);
  expect(second.state).toMatchObject({ open: true, position: "6-0" });
  await change("7-0");
  expect(second.heard).toContain("change 7-0");
});

test("a tab that comes back from sleep hears what it missed; after too long it is told that it is lost", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  second!.shared.close();
  await change("6-0", "7-0");
  second!.shared.open();
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0", "change 7-0"]);
  second!.shared.close();
  for (let n = 8; n < 220; n += 1) await change(`${n}-0`);
  second!.shared.open();
  await pass(LIVE);
  expect(second!.heard.slice(3)).toEqual(["lost"]);
  await change("300-0");
  expect(second!.heard.slice(4)).toEqual(["change 300-0"]);
});

test("a leader that comes back from sleep follows", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.shared.close();
  await pass(1);
  await hello("6-0");
  await change("7-0");
  first!.shared.open();
  await pass(LIVE);
  expect([first!.leads, second!.leads]).toEqual([false, true]);
  expect(first!.heard).toEqual(["hello", "change 7-0"]);
});

test("lost is told to all, and a number below the old ones counts from then on", async () => {
  const [, second] = [await tab(), await tab()];
  await hello("90-0");
  await say({ type: "lost", position: "3-0" });
  await change("4-0");
  expect(second!.heard).toEqual(["hello", "lost", "change 4-0"]);
});

test("a hidden leader makes room for a tab that is looked at, but not at once", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.hide();
  await pass(4_900);
  expect(first!.leads).toBe(true);
  await pass(500);
  expect([first!.leads, second!.leads]).toEqual([false, true]);
  expect(streams()).toHaveLength(1);
  expect(resumesFrom()).toBe("5-0");
  await hello("6-0");
  await change("7-0");
  expect(first!.heard).toContain("change 7-0");
});

test("a glance at another tab moves nothing; when nobody looks, the leader stays", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.hide();
  await pass(2_000);
  first!.show();
  await pass(60_000);
  expect(first!.leads).toBe(true);
  first!.hide();
  second!.hide();
  await pass(60_000);
  expect(first!.leads).toBe(true);
  second!.show();
  await pass(400);
  expect(second!.leads).toBe(true);
});

test("of many tabs that are looked at one takes over", async () => {
  const first = await tab();
  for (let n = 0; n < 5; n += 1) await tab();
  await hello();
  first.hide();
  await pass(6_000);
  await hello("6-0");
  await pass(60_000);
  expect(first.leads).toBe(false);
  expect(tabs.filter(({ leads }) => leads)).toHaveLength(1);
  expect(streams()).toHaveLength(1);
});

test("a leader that says nothing any more is replaced within 20 s", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  FakeChannel.open[0]!.close(); // stands still, with its lock and its stream
  first!.hidden = true;
  await pass(20_100);
  expect(second!.leads).toBe(true);
  expect(first!.leads).toBe(false); // it lost the lock
});

test("a newcomer that is elected before it knows anything resumes from where the others stand", async () => {
  const locks = new FakeLocks();
  vi.stubGlobal("navigator", { locks, onLine: true });
  const first = await tab();
  await hello();
  await change("6-0");
  const ear = FakeChannel.open[0]!.onmessage;
  FakeChannel.open[0]!.onmessage = null; // the leader does not answer the newcomer any more
  const newcomer = await tab();
  const third = await tab();
  FakeChannel.open[0]!.onmessage = ear;
  third.shared.close();
  third.shared.open();
  await pass(LIVE); // now it knows, but waits behind the newcomer
  first.shared.close();
  await pass(LIVE * 10);
  expect(newcomer.leads).toBe(true);
  expect(resumesFrom()).toBe("6-0");
});

test("signing out in one tab ends all", async () => {
  const [first, second, third] = [await tab(), await tab(), await tab()];
  await hello();
  second!.shared.close(true);
  await pass(LIVE);
  for (const each of [first!, third!]) expect(each.state).toMatchObject({ over: true, reason: "signed-out" });
  expect(streams()).toEqual([]);
});

test("any tab may cut the stream, and all see what comes of it", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  second!.shared.drop();
  await pass(1);
  expect(first!.state).toMatchObject({ open: false, reason: "cut" });
  expect(second!.state).toMatchObject({ open: false, reason: "cut" });
  expect(second!.events.join()).toContain("failed leader while open");
  await pass(2_000);
  await hello("5-0");
  expect(second!.state).toMatchObject({ open: true });
});

test("a tab that is looked at wakes the leader's stream", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  FakeSource.last.fail();
  await pass(0);
  expect(streams()).toHaveLength(0);
  second!.show();
  await pass(1);
  expect(streams()).toHaveLength(1);
  expect(first!.leads).toBe(true);
});

test.each(["BroadcastChannel", "navigator"])("without %s each tab has a stream of its own, while it is looked at", async (missing) => {
  vi.stubGlobal(missing, missing === "navigator" ? { onLine: true } : undefined);
  const [first, second] = [await tab("alone"), await tab("alone")];
  expect(first!.leads && second!.leads).toBe(true);
  expect(streams()).toHaveLength(2);
  await hello("5-0");
  await change("6-0");
  expect(second!.heard).toEqual(["hello", "change 6-0"]);
  expect(first!.heard).toEqual([]);
  second!.hide();
  await pass(6_000);
  expect(streams()).toHaveLength(1);
  expect(second!.state).toMatchObject({ open: false, reason: "asleep" });
  second!.show();
  expect(streams()).toHaveLength(2);
  expect(resumesFrom()).toBe("6-0");
});

test("with the runtime's own locks and channels", async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("location", { href: "http://localhost/" });
  vi.stubGlobal("document", { visibilityState: "visible" });
  const [first, second] = [new Tab("real"), new Tab("real")];
  tabs.push(first, second);
  await vi.waitFor(() => expect(FakeSource.all).toHaveLength(1));
  await new Promise((done) => setTimeout(done, 50)); // both have told each other that they are there
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "change", resource: "users", action: "updated" }, "6-0");
  await vi.waitFor(() => expect(second.heard).toContain("change 6-0"));
  first.shared.close();
  await vi.waitFor(() => expect(second.shared.leads).toBe(true));
  expect(resumesFrom()).toBe("6-0");
});
