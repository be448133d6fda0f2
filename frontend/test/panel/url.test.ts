import { expect, test } from "vitest";
import { endpointOf, nextSort } from "../../src/panel/table/url";

test("a click sorts upwards, the next downwards, the third returns to the order of arrival", () => {
  expect(nextSort("-createdAt", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
  expect(nextSort("-name", "name")).toBe("-createdAt");
  expect(nextSort("-createdAt", "createdAt")).toBe("createdAt");
});

test("the address of a list", () => {
  const state = { page: 2, search: "a&b", sort: "-name", record: undefined };
  expect(endpointOf("users", state)).toBe("/api/admin/users?page=2&limit=25&sort=-name&search=a%26b");
});
