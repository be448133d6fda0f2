/** Tabs of one browser, each with its share of the stream; their clock, locks and channels are the test's. */
import { vi } from "vitest";
import type { Delivery } from "../../src/realtime";
import { SharedStream } from "../../src/realtime/share";
import type { StreamState } from "../../src/realtime/stream";
import { FakeChannel, FakeLocks } from "./browser";
import { FakeSource } from "./doubles";

/** For tabs to tell each other what they have to. Milliseconds. */
export const LIVE = 20;

export class Tab {
  heard: string[] = [];
  deliveries: Delivery[] = [];
  events: string[] = [];
  hidden = document.visibilityState === "hidden";
  state: StreamState | undefined;
  readonly shared: SharedStream;

  constructor(name: string) {
    this.shared = new SharedStream({
      name,
      addresses: { sse: "/api/admin/sse" },
      retryDelay: 1_000,
      hidden: () => this.hidden,
      probe: () => Promise.resolve({ reachable: true, over: false }),
      onDelivery: (delivery: Delivery) => this.hear(delivery),
      onState: (state) => (this.state = { ...state }),
      onEvent: (kind, detail, where = "here") => this.events.push(`${kind} ${where} ${detail ?? ""}`.trim()),
    });
    this.shared.open();
  }

  private hear(delivery: Delivery): void {
    this.deliveries.push(delivery);
    this.heard.push(`${delivery.message.type} ${delivery.position ?? ""}`.trim());
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

export let tabs: Tab[] = [];

/** Opens a tab and lets it settle. */
export async function tab(name = "one"): Promise<Tab> {
  const made = new Tab(name);
  tabs.push(made);
  await pass(LIVE);
  return made;
}

export async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

export async function say(message: object, position?: string): Promise<void> {
  FakeSource.last.say(message, position);
  await pass(1);
}

export async function change(...positions: string[]): Promise<void> {
  for (const position of positions) await say({ type: "change", resource: "users", action: "updated" }, position);
}

export async function hello(position = "5-0"): Promise<void> {
  FakeSource.last.hello(position);
  await pass(1);
}

export function streams(): FakeSource[] {
  return FakeSource.all.filter(({ closed }) => !closed);
}

export function resumesFrom(): string | null {
  return FakeSource.last.url.searchParams.get("lastEventId");
}

export function openBrowser(): void {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", { locks: new FakeLocks(), onLine: true });
  vi.stubGlobal("location", { href: "http://localhost/" });
  vi.stubGlobal("document", { visibilityState: "visible" });
  FakeSource.all = [];
  FakeChannel.open = [];
  tabs = [];
}

export function closeBrowser(): void {
  for (const each of tabs) each.shared.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
}
