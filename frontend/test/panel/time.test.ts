import { expect, test } from "vitest";
import { fromNow } from "../../src/panel/ui/time";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

test.each([
  [-5 * SECOND, "just now"],
  [20 * SECOND, "just now"],
  [-40 * SECOND, "1 min. ago"],
  [-119 * SECOND, "1 min. ago"],
  [4 * 60 * SECOND, "in 4 min."],
  [-3 * HOUR, "3 hr. ago"],
  [-24 * HOUR, "1 day ago"],
  [-400 * 24 * HOUR, "1 yr. ago"],
])("%s ms from now: %s", (distance, words) => {
  const now = Date.UTC(2026, 0, 10);
  expect(fromNow(now + distance, now).replace(/ | /g, " ")).toBe(words);
});
