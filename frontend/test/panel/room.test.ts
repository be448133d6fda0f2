import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetched } from "../../src/panel/ui/room";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a part that could not be fetched is asked for again until it is there, ever more rarely", async () => {
  const load = vi.fn<() => Promise<string>>();
  for (let n = 0; n < 7; n += 1) load.mockRejectedValueOnce(new TypeError("Failed to fetch dynamically imported module: /static/assets/page.js"));
  load.mockResolvedValueOnce("here");
  const part = fetched(load);
  await vi.advanceTimersByTimeAsync(500 + 1_000 + 2_000);
  expect(load).toHaveBeenCalledTimes(4);
  await vi.advanceTimersByTimeAsync(4_000 + 3 * 8_000);
  expect(await part).toBe("here");
});

test("one that came and failed by itself is not", async () => {
  const load = vi.fn(() => Promise.reject(new TypeError("x is not a function")));
  await expect(fetched(load)).rejects.toThrow("x is not a function");
  expect(load).toHaveBeenCalledTimes(1);
});
