import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Clock } from "../../../src/realtime/debug/clock";
import { figures, Meter, MOST_SAMPLES } from "../../../src/realtime/debug/meter";
import { aboutClocks, valuesOf } from "../../../src/realtime/debug/latency";
import { spread } from "../../../src/realtime/debug/histogram";
import type { Message } from "../../../src/realtime";

let frames: (() => void)[];
let meter: Meter;
let clock: Clock;
let told: number;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ["Date"] });
  frames = [];
  told = 0;
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  clock = new Clock();
  meter = new Meter(clock, () => (told += 1));
});

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function frame(): void {
  const due = frames;
  frames = [];
  for (const run of due) run();
}

function change(fields: object, committedAt = Date.now()): Message {
  const at = new Date(committedAt).toISOString();
  return { type: "change", timestamp: at, committedAt: at, resource: "users", recordId: "a", action: "updated", version: 2, ...fields } as Message;
}

function row(id: string, version: number): HTMLElement {
  const element = document.createElement("p");
  Object.assign(element.dataset, { record: id, version: String(version) });
  document.body.append(element);
  return element;
}

function hear(message: Message, after = 10): void {
  vi.setSystemTime(Date.now() + after);
  meter.hear(message, Date.now());
}

test("a pixel counts one frame after its row stood in the document, not before", () => {
  const shown = row("a", 1);
  hear(change({}));
  frame();
  expect(meter.samples()[0]?.paintedAt).toBeUndefined();
  shown.dataset["version"] = "2";
  frame();
  expect(meter.samples()[0]?.paintedAt).toBeUndefined();
  frame();
  expect(meter.samples()[0]?.paintedAt).toBeDefined();
  expect(told).toBe(1);
  expect(frames).toHaveLength(0);
  expect(valuesOf("receive", meter.samples())).toEqual([10]);
});

test("a record that leaves the screen counts when it is gone", () => {
  const shown = row("a", 1);
  hear(change({ action: "quarantined" }));
  frame();
  shown.remove();
  frame();
  frame();
  expect(meter.samples()[0]?.paintedAt).toBeDefined();
});

test("a change of a record that is not shown has no pixel, and is not waited for", () => {
  hear(change({}));
  hear(change({ recordId: "b", action: "deleted" }));
  frame();
  vi.setSystemTime(Date.now() + 6_000);
  frame();
  expect(frames).toHaveLength(0);
  expect(valuesOf("paint", meter.samples())).toEqual([]);
  expect(valuesOf("receive", meter.samples())).toHaveLength(2);
});

test("what appears because somebody went to another page is no measure", () => {
  hear(change({}));
  frame();
  location.hash = "#elsewhere";
  row("a", 2);
  frame();
  frame();
  expect(valuesOf("paint", meter.samples())).toEqual([]);
  location.hash = "";
});

test("what this tab showed before the stream told it is no measure", () => {
  row("a", 2);
  hear(change({}));
  expect(meter.samples()).toEqual([]);
});

test("what was committed before the connection stood is caught up, not slow", () => {
  hear({ type: "hello", timestamp: "t", position: "1-0", heartbeatSeconds: 15 });
  hear(change({}, Date.now() - 60_000));
  expect(meter.samples()).toEqual([]);
  expect(meter.caughtUp).toBe(1);
  meter.clear();
  expect(meter.caughtUp).toBe(0);
});

test("times of the server are corrected by the difference of the clocks", () => {
  clock.showed(Date.now() - 5_000, Date.now() + 999, Date.now() + 1);
  expect(clock.offset).toBeCloseTo(5_000, -1);
  hear(change({}, Date.now() - 5_000));
  expect(valuesOf("receive", meter.samples())[0]).toBeLessThan(30);
});

test("many changes are one of many, and only the last samples are kept", () => {
  hear(change({ recordId: undefined, action: "many", count: 1_000 }));
  expect(meter.samples()).toEqual([]);
  for (let n = 0; n < MOST_SAMPLES + 5; n += 1) hear(change({ recordId: `r${n}` }));
  expect(meter.samples()).toHaveLength(MOST_SAMPLES);
});

test("percentiles are values that occurred", () => {
  expect(figures([])).toBeUndefined();
  expect(figures([7])).toEqual({ count: 1, p50: 7, p95: 7, most: 7 });
  expect(figures(Array.from({ length: 100 }, (_, n) => n + 1))).toEqual({ count: 100, p50: 50, p95: 95, most: 100 });
});

test("each value is in one bar", () => {
  const bars = spread([0, 5, 5.1, 80, 1_000, 1_001, 90_000]);
  expect(bars.filter(({ count }) => count > 0)).toEqual([
    { range: "≤ 5 ms", count: 2 }, { range: "≤ 10 ms", count: 1 }, { range: "≤ 100 ms", count: 1 }, { range: "≤ 1 s", count: 1 }, { range: "> 1 s", count: 2 },
  ]);
});

test("what is known of the clocks is said in a sentence", () => {
  expect(aboutClocks(clock)).toContain("not compared");
  clock.showed(0, 995, 3);
  expect(aboutClocks(clock)).toContain("agree within 5 ms");
  const ahead = new Clock();
  ahead.showed(0, 1_998, 1_002);
  expect(aboutClocks(ahead)).toContain("ahead");
  const behind = new Clock();
  behind.showed(2_000, 998, 2);
  expect(aboutClocks(behind)).toContain("behind");
});
