import { expect, test } from "vitest";
import { exchange, lay } from "../../src/realtime/patch";
import type { ChangeMessage } from "../../src/realtime";

const held = { id: "a", version: 3, name: "Old", email: "o@example.org" };
const message = (fields: object): ChangeMessage => ({ type: "change", timestamp: "t", resource: "businesses", action: "updated", recordId: "a", ...fields });

test("a change made on the held version is laid over it", () => {
  const laid = lay(held, message({ version: 4, baseVersion: 3, patch: { name: "New" } }));
  expect(laid).toEqual({ fit: "patched", record: { id: "a", version: 4, name: "New", email: "o@example.org" } });
});

test.each([3, 2])("version %s is not above the held one: dropped", (version) => {
  expect(lay(held, message({ version, baseVersion: version - 1, patch: { name: "New" } }))).toEqual({ fit: "old", record: held });
});

test.each([
  ["another base", { version: 5, baseVersion: 4, patch: { name: "New" } }],
  ["no patch", { version: 4, baseVersion: 3 }],
  ["no version", { patch: { name: "New" } }],
])("%s: a misfit, untouched", (_what, fields) => {
  expect(lay(held, message(fields))).toEqual({ fit: "misfit", record: held });
});

test("exchanging one record keeps the others and the identity of an untouched body", () => {
  const body = { items: [{ id: "b", version: 1 }, held], page: 1, limit: 20, total: 2 };
  const next = exchange(body, "a", (record) => ({ ...record, name: "New" })) as typeof body;
  expect(next.items[0]).toBe(body.items[0]);
  expect(next.items[1]).toMatchObject({ name: "New" });
  expect(exchange(body, "c", () => held)).toBe(body);
  expect(exchange(held, "a", () => ({ ...held, version: 4 }))).toMatchObject({ version: 4 });
});
