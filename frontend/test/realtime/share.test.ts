// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SharedStream } from "../../src/realtime/share";
import type { Delivery } from "../../src/realtime";
import { FakeSource } from "./doubles";

/** One tab's ears; the channel and the locks are the real ones of the runtime. */
class Tab {
  heard: string[] = [];
  open = false;
  readonly shared: SharedStream;

  constructor(name: string) {
    this.shared = new SharedStream({
      name,
      url: "/api/admin/sse",
      retryDelay: 10,
      probe: () => Promise.resolve("reachable"),
      onDelivery: ({ message, position }: Delivery) => this.heard.push(`${message.type} ${position ?? ""}`.trim()),
      onState: (state) => (this.open = state.open),
    });
    this.shared.open();
  }
}

let tabs: Tab[];

function tab(name: string): Tab {
  const made = new Tab(name);
  tabs.push(made);
  return made;
}

beforeEach(() => {
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("location", { href: "http://localhost/" });
  vi.stubGlobal("document", { visibilityState: "visible" });
  FakeSource.all = [];
  tabs = [];
});

afterEach(() => {
  for (const each of tabs) each.shared.close();
  vi.unstubAllGlobals();
});

test("two tabs, one stream; when the leader goes the other resumes where it stood", async () => {
  const first = tab("one");
  await vi.waitFor(() => expect(first.shared.leads).toBe(true));
  const second = tab("one");
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "change", resource: "users", action: "updated" }, "6-0");
  await vi.waitFor(() => expect(second.heard).toContain("change 6-0"));
  expect(second.open).toBe(true);
  expect(FakeSource.all).toHaveLength(1);

  first.shared.close();
  await vi.waitFor(() => expect(second.shared.leads).toBe(true));
  expect(FakeSource.all).toHaveLength(2);
  expect(FakeSource.all[0]!.closed).toBe(true);
  expect(FakeSource.last.url.searchParams.get("lastEventId")).toBe("6-0");
});

test("a tab that comes later is told how things stand and the last counts", async () => {
  const first = tab("later");
  await vi.waitFor(() => expect(first.shared.leads).toBe(true));
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "initial", data: { users: 3 } }, "5-0");
  const second = tab("later");
  await vi.waitFor(() => expect(second.heard).toEqual(["initial 5-0"]));
  expect(second.open).toBe(true);
});

test("signing out in one tab tells the others", async () => {
  const signedOut = vi.fn();
  const first = tab("bye");
  await vi.waitFor(() => expect(first.shared.leads).toBe(true));
  const second = new SharedStream({
    name: "bye", url: "/api/admin/sse", retryDelay: 10, probe: () => Promise.resolve("reachable"),
    onDelivery: () => undefined, onState: ({ verdict }) => verdict === "signed-out" && signedOut(),
  });
  second.open();
  first.shared.close(true);
  await vi.waitFor(() => expect(signedOut).toHaveBeenCalled());
  second.close();
});

test("without locks each tab has a stream of its own", () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const [first, second] = [tab("alone"), tab("alone")];
  expect(first.shared.leads && second.shared.leads).toBe(true);
  expect(FakeSource.all).toHaveLength(2);
});
