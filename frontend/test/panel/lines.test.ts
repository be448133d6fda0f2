/** Charts show what the series say: added up by name, a gap where nothing is known. */
import { describe, expect, it } from "vitest";
import { columnsOf, drawn, linesOf, spanOf, timesOf, tooLong } from "../../src/panel/analytics/lines";

const at = (hour: number) => `2026-11-25T0${hour}:00:00.000Z`;
const series = (metric: string, label: string, points: [string, number][]) => ({ metric, label, unit: "records", points });
const NOW = Date.parse("2026-11-25T05:20:00Z");

describe("lines", () => {
  it("adds up series of one name", () => {
    const [line] = linesOf([series("created", "users", [[at(1), 2]]), series("created", "businesses", [[at(1), 3], [at(2), 1]])], ({ metric }) => metric);
    expect([...(line?.points ?? [])]).toEqual([[Date.parse(at(1)), 5], [Date.parse(at(2)), 1]]);
  });

  it("leaves a gap where a line knows nothing", () => {
    const lines = linesOf([series("x", "a", [[at(1), 1]]), series("x", "b", [[at(2), 0]])], ({ label }) => label);
    expect(timesOf(lines)).toHaveLength(2);
    expect(columnsOf(lines)).toEqual([[Date.parse(at(1)) / 1000, Date.parse(at(2)) / 1000], [1, null], [null, 0]]);
  });

  it("draws what moves, and all where nothing does", () => {
    const lines = linesOf([series("x", "a", [[at(1), 1]]), series("x", "b", [[at(1), 0]])], ({ label }) => label);
    expect(drawn(lines).map(({ name }) => name)).toEqual(["a"]);
    expect(drawn(lines.slice(1)).map(({ name }) => name)).toEqual(["b"]);
  });
});

describe("the time shown", () => {
  const own = { from: "", to: "" };

  it("begins with a whole hour or day", () => {
    expect(spanOf("1d", "hour", own, NOW)).toEqual({ from: "2026-11-24T05:00:00.000Z", to: "", step: "hour" });
    expect(spanOf("7d", "day", own, NOW).from).toBe("2026-11-18T00:00:00.000Z");
    expect(spanOf("own", "day", { from: "2026-01-02", to: "2026-02-01" }, NOW)).toEqual({ from: "2026-01-02T00:00:00.000Z", to: "2026-02-01T00:00:00.000Z", step: "day" });
  });

  it("knows when hours are too many", () => {
    expect(tooLong(spanOf("90d", "hour", own, NOW), NOW)).toBe(true);
    expect(tooLong(spanOf("30d", "hour", own, NOW), NOW)).toBe(false);
  });
});
