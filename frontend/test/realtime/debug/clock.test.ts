import { expect, test } from "vitest";
import { Clock } from "../../../src/realtime/debug/clock";

/** A server whose clock is `behind` the local one, asked over a road of `journey` milliseconds each way. */
function world(behind: number, journey: number) {
  let local = 1_700_000_000_123;
  const pause = (milliseconds: number) => {
    local += milliseconds;
    return Promise.resolve();
  };
  const ask = () => {
    local += journey;
    const shown = new Date(Math.floor((local - behind) / 1000) * 1000).toUTCString();
    local += journey;
    return Promise.resolve(shown);
  };
  return { now: () => local, pause, ask };
}

test.each([0, 3, -3, 450, -450, 2_600, -90_000])("finds that the server is %d ms behind, by whole seconds alone", async (behind) => {
  const clock = new Clock();
  const { ask, pause, now } = world(behind, 2);
  await clock.measure(ask, pause, now);
  expect(Math.abs(clock.offset - behind)).toBeLessThanOrEqual(8);
  expect(clock.uncertainty).toBeLessThanOrEqual(8);
});

test("small differences that may be none are taken for none", async () => {
  const clock = new Clock();
  const { ask, pause, now } = world(1, 4);
  await clock.measure(ask, pause, now);
  expect(clock.offset).toBe(0);
});

test("what came by stream bounds one side, and says nothing alone", () => {
  const clock = new Clock();
  clock.received("2026-01-01T00:00:00.000Z", Date.parse("2026-01-01T00:00:00.020Z"));
  expect(clock.offset).toBe(0);
  expect(clock.uncertainty).toBeUndefined();
  clock.showed(Date.parse("2026-01-01T00:00:00.000Z"), Date.parse("2026-01-01T00:00:00.990Z"), Date.parse("2026-01-01T00:00:00.995Z"));
  expect(clock.uncertainty).toBe(20);
});

test("a server that hides its date leaves the clocks uncompared", async () => {
  const clock = new Clock();
  await clock.measure(() => Promise.resolve(null), () => Promise.resolve(), () => 0);
  expect(clock.uncertainty).toBeUndefined();
  clock.received("no time", 0);
  expect(clock.offset).toBe(0);
});

test("a clock that was set makes void what was known", () => {
  const clock = new Clock();
  clock.showed(0, 900, 950);
  clock.received("1970-01-01T01:00:00.000Z", 0);
  expect(clock.offset).toBe(0);
  expect(clock.uncertainty).toBeUndefined();
});
