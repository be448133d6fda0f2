import { expect, test } from "vitest";
import { endpointOf, escaped, merge, nextSort, questionOf, readState, sortedBy, valuesIn } from "../../src/panel/table/url";

test("a click sorts upwards, the next downwards, the third returns to the order of arrival", () => {
  expect(nextSort("-createdAt", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
  expect(nextSort("-name", "name")).toBe("-createdAt");
  expect(nextSort("-createdAt", "createdAt")).toBe("createdAt");
});

test("with Shift a field is sorted by after the others, then the other way, then not", () => {
  expect(nextSort("status", "name", true)).toBe("status,name");
  expect(nextSort("status,name", "name", true)).toBe("status,-name");
  expect(nextSort("status,-name", "name", true)).toBe("status");
  expect(nextSort("-name", "name", true)).toBe("-createdAt");
  expect(sortedBy("status,-name", "name")).toEqual({ way: "down", rank: 2 });
  expect(sortedBy("-name", "name")).toEqual({ way: "down", rank: undefined });
  expect(sortedBy("-name", "email")).toBeUndefined();
});

test("the address of a list", () => {
  const state = { page: 2, search: "a&b", sort: "-name", filters: { "createdAt[gte]": "T", status: "NEW,READ" }, record: undefined };
  expect(endpointOf("users", state)).toBe("/api/admin/users?page=2&limit=25&sort=-name&createdAt%5Bgte%5D=T&status=NEW%2CREAD&search=a%26b");
  expect(questionOf(state, "P")).toEqual({ "createdAt[gte]": "T", status: "NEW,READ", search: "a&b", "createdAt[lte]": "P" });
});

test("filters come from the address and go back into it, whichever others were there", () => {
  const state = readState(new URLSearchParams("page=3&status=NEW&categoryId=c&record=r"));
  expect(state).toEqual({ page: 3, search: "", sort: "-createdAt", filters: { status: "NEW", categoryId: "c" }, record: "r" });
  const next = merge(new URLSearchParams("status=NEW&categoryId=c&search=x"), { filters: { status: "READ" }, page: 1 });
  expect(next.toString()).toBe("search=x&status=READ");
});

test("a comma within a value parts no values", () => {
  expect(valuesIn(`${escaped("a,b")},c`)).toEqual(["a,b", "c"]);
  expect(valuesIn(undefined)).toEqual([]);
});
