import { expect, test } from "vitest";
import { isOpen, reshapes, view } from "../../src/realtime/endpoint";
import type { ChangeMessage } from "../../src/realtime";

const touching = (...fields: string[]): ChangeMessage => ({
  type: "change", timestamp: "t", resource: "businesses", action: "updated", patch: Object.fromEntries(fields.map((field) => [field, 1])),
});

test("a list, a record, and what belongs to neither", () => {
  expect(view("/api/admin/businesses")).toMatchObject({ resource: "businesses", recordId: undefined, whole: true, sort: ["createdAt"], timed: "createdAt", falling: true });
  expect(view("/api/admin/businesses?page=2&sort=-name")).toMatchObject({ whole: false, sort: ["name"], timed: undefined });
  expect(view("/api/admin/businesses/a%2Fb/history?page=1")).toMatchObject({ resource: "businesses", recordId: "a/b", part: "history", past: false });
  expect(view("/api/admin/businesses/a?asOf=2026-01-01T00:00:00Z")).toMatchObject({ recordId: "a", part: undefined, past: true });
  expect(view("https://host/api/admin/users/7")).toMatchObject({ resource: "users", recordId: "7" });
  expect(view("/api/admin/integrity/statistics")).toMatchObject({ resource: "integrity", recordId: "statistics" });
});

test.each([
  ["?page=1", ["name"], false],
  ["?page=1&sort=name", ["name"], true],
  ["?page=1&status=NEW", ["status"], true],
  ["?page=1&createdAt[gte]=2026", ["createdAt"], true],
  ["?page=1&search=x", ["phone"], true],
  ["?page=1&sort=-updatedAt", ["phone"], true],
])("in a list %s a change of %s reorders: %s", (query, fields, expected) => {
  expect(reshapes(view(`/api/admin/businesses${query}`), touching(...fields))).toBe(expected);
});

test("a change without a patch may do anything", () => {
  const { patch: _patch, ...blind } = touching();
  expect(reshapes(view("/api/admin/businesses?page=1"), blind)).toBe(true);
});

test.each([
  ["", true],
  ["?sort=createdAt", true],
  ["?sort=-createdAt,name", false],
  ["?sort=name", false],
  ["?status=NEW", false],
  ["?page=1", false],
])("a list %s takes additions without asking: %s", (query, expected) => {
  expect(isOpen(view(`/api/admin/businesses${query}`))).toBe(expected);
});

test("what is no list of records is always asked", () => {
  expect(isOpen(view("/api/admin/jobs"))).toBe(false);
  expect(isOpen(view("/api/admin/businesses/a"))).toBe(false);
});
