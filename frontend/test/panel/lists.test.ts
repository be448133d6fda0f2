import { expect, test } from "vitest";
import { RESOURCES, resourceNamed } from "../../src/panel/resources";
import { chosen, columnsOf, editableCell } from "../../src/panel/table/columns";
import { dayOf, momentOf } from "../../src/panel/table/filter-editor";
import { exchanged } from "../../src/panel/table/filters";
import { latest } from "../../src/panel/table/pin";
import { readPrefs, withView } from "../../src/panel/table/prefs";
import { pagesIn } from "../../src/panel/table/sheet";
import { inSight } from "../../src/panel/table/sight";

const businesses = resourceNamed("businesses")!;

test("the pages that hold what is in sight", () => {
  expect(pagesIn([0, 40])).toEqual([1]);
  expect(pagesIn([96, 140])).toEqual([1, 2]);
  expect(pagesIn([250, 250])).toEqual([3]);
});

test("only rows around the eye are drawn, never more than there are", () => {
  expect(inSight(0, 400, 40, 5)).toEqual([0, 5]);
  const [first, last] = inSight(40_000, 400, 40, 10_000);
  expect(first).toBeLessThanOrEqual(1_000);
  expect(last).toBeGreaterThanOrEqual(1_010);
  expect(last - first).toBeLessThan(60);
});

test("what is shown is everything up to the last word of the stream or the newest row", () => {
  const row = (createdAt: string) => ({ id: "a", version: 1, createdAt });
  expect(latest(`${Date.parse("2026-01-02T00:00:00.000Z")}-3`, [row("2026-01-01T00:00:00.000Z")])).toBe("2026-01-02T00:00:00.000Z");
  expect(latest(`${Date.parse("2026-01-02T00:00:00.000Z")}-3`, [row("2026-01-03T00:00:00.000Z")])).toBe("2026-01-03T00:00:00.000Z");
  expect(latest(undefined, [])).toBeUndefined();
});

test("a filter gives way to another of its field, and an empty one goes", () => {
  const filters = { "createdAt[gte]": "a", "createdAt[lte]": "b", status: "NEW" };
  expect(exchanged(filters, "createdAt", { "createdAt[gte]": "c", "createdAt[lte]": "" })).toEqual({ status: "NEW", "createdAt[gte]": "c" });
  expect(exchanged(filters, "status", { status: "" })).toEqual({ "createdAt[gte]": "a", "createdAt[lte]": "b" });
});

test("a local day from its first to its last moment", () => {
  expect(dayOf(momentOf("2026-03-04", false))).toBe("2026-03-04");
  expect(dayOf(momentOf("2026-03-04", true))).toBe("2026-03-04");
  expect(Date.parse(momentOf("2026-03-04", true)) - Date.parse(momentOf("2026-03-04", false))).toBe(86_399_999);
  expect([dayOf("nonsense"), momentOf("", true)]).toEqual(["", ""]);
});

test("what was kept in the browser is taken as far as it makes sense", () => {
  expect(readPrefs(null, businesses)).toEqual({ tight: false, endless: false, views: [] });
  expect(readPrefs("{broken", businesses)).toEqual({ tight: false, endless: false, views: [] });
  const kept = JSON.stringify({ tight: true, endless: 1, columns: ["phone", "gone"], views: [{ name: "a", query: "x=1" }, 5] });
  expect(readPrefs(kept, businesses)).toEqual({ tight: true, endless: false, columns: ["phone"], views: [{ name: "a", query: "x=1" }] });
});

test("a view of the same name gives way; views stand in order", () => {
  const views = withView([{ name: "b", query: "" }, { name: "a", query: "1" }], { name: "a", query: "2" });
  expect(views).toEqual([{ name: "a", query: "2" }, { name: "b", query: "" }]);
});

test("the title leads, whichever columns are chosen", () => {
  expect(chosen(businesses, ["phone", "name"]).map(({ field }) => field)).toEqual(["name", "phone"]);
  expect(chosen(businesses, undefined)).toBe(businesses.columns);
});

test.each(RESOURCES.map((resource) => [resource.name, resource] as const))("each column of %s stands for one field, and only what may be written is edited", (_name, resource) => {
  const names = columnsOf(resource).map(({ field }) => field);
  expect(new Set(names).size).toBe(names.length);
  for (const column of columnsOf(resource)) if (["id", "version", "createdAt", "updatedAt"].includes(column.field)) expect(editableCell(resource, column)).toBeUndefined();
});
