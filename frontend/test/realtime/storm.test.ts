// @vitest-environment node
/** Anything may happen to any tab at any time: each one hears every change in order and once, or is told that it is lost. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compare } from "../../src/realtime/position";
import type { Position } from "../../src/realtime";
import { FakeChannel } from "./browser";
import { FakeSource } from "./doubles";
import { closeBrowser, openBrowser, pass, Tab, tabs } from "./tabs";

/** A server with a feed, of which it keeps the last changes. */
class Server {
  head = 10;
  private oldest = 10;
  private up = true;
  private streams = new Set<Source>();

  publish(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.head += 1;
      for (const stream of this.streams) stream.change(this.head);
    }
  }

  /** Forgets what may be resumed from. */
  trim(): void {
    this.oldest = this.head;
  }

  restart(): void {
    this.up = !this.up;
    if (!this.up) this.cut();
  }

  cut(): void {
    const cut = [...this.streams];
    this.streams.clear();
    for (const stream of cut) stream.fail();
  }

  beat(): void {
    for (const stream of this.streams) stream.beat(at(this.head));
  }

  accept(stream: Source): void {
    if (!this.up) return stream.fail();
    const from = stream.url.searchParams.get("lastEventId");
    stream.hello(at(this.head));
    const known = from !== null && compare(from, at(this.oldest)) >= 0 && compare(from, at(this.head)) <= 0;
    if (from !== null && !known) stream.say({ type: "lost", position: at(this.head) });
    for (let n = known ? number(from) + 1 : this.head + 1; n <= this.head; n += 1) stream.change(n);
    this.streams.add(stream);
  }

  forget(stream: Source): void {
    this.streams.delete(stream);
  }

  heal(): void {
    this.up = true;
  }
}

let server: Server;

class Source extends FakeSource {
  constructor(url: URL) {
    super(url);
    setTimeout(() => this.closed || server.accept(this), Math.random() * 30);
  }

  override close(): void {
    super.close();
    server.forget(this);
  }

  change(n: number): void {
    this.say({ type: "change", resource: "users", action: "updated" }, at(n));
  }
}

function at(n: number): Position {
  return `${n}-0`;
}

function number(position: Position): number {
  return Number(position.split("-")[0]);
}

/** mulberry32: the same storm for the same seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Up to where a tab has heard, if it heard rightly. Who leads for others may be told what is older than its own beginning. */
function standing(tab: Tab): number | undefined {
  let last: number | undefined;
  let begins = true;
  for (const { message, position } of tab.deliveries) {
    if (message.type === "lost") last = number(message.position);
    else if (message.type === "hello") last ??= number(message.position);
    else if (!begins || number(position!) > last!) {
      expect(number(position!), `after ${last}: ${tab.heard.join(", ")}`).toBe(last! + 1);
      last = number(position!);
      begins = false;
    }
  }
  return last;
}

const asleep = new Set<Tab>();

function any<T>(things: readonly T[], random: () => number): T | undefined {
  return things[Math.floor(random() * things.length)];
}

function happen(random: () => number): void {
  const tab = any(tabs, random);
  const ear = any(FakeChannel.open, random);
  const events: (() => void)[] = [
    () => tabs.length < 6 && tabs.push(new Tab("storm")),
    () => tab && (asleep.delete(tab) ? tab.shared.open() : (asleep.add(tab), tab.shared.close())),
    () => tab && (tab.hidden ? tab.show() : tab.hide()),
    () => tab?.shared.drop(),
    () => tab?.shared.wake(any(["look", "network", "answer"] as const, random)!),
    () => server.cut(),
    () => random() < 0.3 && server.restart(),
    () => random() < 0.2 && server.trim(),
    () => ear && deafen(ear, random() * 4_000),
    () => server.beat(),
    ...Array<() => void>(6).fill(() => server.publish(1 + Math.floor(random() * 4))),
  ];
  any(events, random)!();
}

/** Words are lost on the way to one tab. */
function deafen(channel: FakeChannel, milliseconds: number): void {
  const { onmessage } = channel;
  if (!onmessage) return;
  channel.onmessage = null;
  setTimeout(() => (channel.onmessage = onmessage), milliseconds);
}

beforeEach(() => {
  openBrowser();
  vi.stubGlobal("EventSource", Source);
  server = new Server();
  asleep.clear();
});
afterEach(closeBrowser);

test.each(Array.from({ length: 60 }, (_, n) => n + 1))("storm %d", async (seed) => {
  const random = dice(seed);
  vi.spyOn(Math, "random").mockImplementation(random);
  tabs.push(new Tab("storm"));
  for (let step = 0; step < 150; step += 1) {
    happen(random);
    await pass(random() < 0.2 ? random() * 8_000 : random() * 60);
    if (step % 20 === 0) for (const tab of tabs) standing(tab);
  }
  server.heal();
  for (const tab of asleep) tab.shared.open();
  for (const tab of tabs) tab.show();
  await pass(90_000);
  for (let n = 0; n < 3; n += 1) {
    server.publish(1);
    server.beat();
    await pass(10_000);
  }
  expect(tabs.filter(({ leads }) => leads)).toHaveLength(1);
  expect(FakeSource.all.filter(({ closed }) => !closed)).toHaveLength(1);
  for (const tab of tabs) expect(standing(tab), tab.events.slice(-12).join("\n")).toBe(server.head);
});
