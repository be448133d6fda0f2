import { expect, test } from "vitest";
import { compare, later } from "../../src/realtime/position";

test.each([
  ["9-0", "10-0", -1],
  ["10-2", "10-10", -1],
  ["10-0", "10-0", 0],
  ["1700000000001-0", "1700000000000-9", 1],
  [undefined, "1-0", -1],
  ["nonsense", "1-0", -1],
  ["nonsense", undefined, 0],
])("%s against %s", (a, b, expected) => {
  expect(Math.sign(compare(a, b))).toBe(expected);
});

test("the later of two, whatever is missing", () => {
  expect(later("2-0", "10-0")).toBe("10-0");
  expect(later(undefined, "1-0")).toBe("1-0");
  expect(later("1-0", undefined)).toBe("1-0");
});
