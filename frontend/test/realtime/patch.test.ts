import { expect, test } from "vitest";
import { view } from "../../src/realtime/endpoint";
import { bringUp, lay, layAll, share } from "../../src/realtime/patch";
import type { ChangeMessage, Rec } from "../../src/realtime";

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

const open = view("/api/admin/businesses");
const listed = (...items: Rec[]) => ({ items, page: 1, limit: items.length, total: items.length });
const row = (id: string, version: number, createdAt: string, fields: object = {}): Rec => ({ id, version, createdAt, ...fields });

test("a patched record leaves the others the same objects; what is not held changes nothing", () => {
  const body = { ...listed({ id: "b", version: 1 }, held), limit: 20 };
  const patch = message({ version: 4, baseVersion: 3, patch: { name: "New" } });
  const next = layAll(open, body, [patch]).body as typeof body;
  expect(next.items[0]).toBe(body.items[0]);
  expect(next.items[1]).toMatchObject({ name: "New" });
  expect(layAll(open, body, [{ ...patch, recordId: "c" }]).body).toBe(body);
  expect(layAll(view("/api/admin/businesses/a"), held, [patch]).body).toMatchObject({ version: 4 });
});

test("an addition goes where the server sorts it, a departure leaves at once, what came back replaces an older version", () => {
  const body = listed(row("c", 1, "3"), row("b", 1, "2"), row("a", 1, "1"));
  const created = message({ recordId: "d", action: "created", version: 1, patch: { createdAt: "2" } });
  const gone = message({ recordId: "c", action: "deleted", version: 2 });
  const back = message({ recordId: "a", action: "restored", version: 4, patch: { createdAt: "1", name: "Back" } });
  const { body: next } = layAll(open, body, [created, gone, back]);
  expect(next).toEqual(listed(row("d", 1, "2"), row("b", 1, "2"), row("a", 4, "1", { name: "Back" })));
});

test("an addition to a list that is not whole is the server's to place", () => {
  const created = message({ recordId: "d", action: "created", version: 1, patch: { createdAt: "2" } });
  const paged = { ...listed(row("c", 1, "3")), total: 9 };
  expect(layAll(view("/api/admin/businesses?page=1"), paged, [created]).body).toBe(paged);
  expect(layAll(open, paged, [created]).body).toBe(paged);
});

test("a departure older than what is held is none: the record has come back since", () => {
  const body = listed(row("a", 5, "1"));
  expect(layAll(open, body, [message({ action: "deleted", version: 5 })]).body).toBe(body);
});

test("what changed since a position", () => {
  const body = listed(row("b", 1, "2"), row("a", 3, "1"));
  const delta = { items: [row("a", 2, "1"), row("c", 1, "3")], deleted: ["b", "x"] };
  expect(bringUp(open, body, delta)).toEqual(listed(row("c", 1, "3"), row("a", 3, "1")));
  expect(bringUp(open, body, { items: [], deleted: [] })).toBe(body);
});

test("an answer keeps the objects of what is as before, and the records that are newer here", () => {
  const before = listed(row("b", 4, "2"), row("a", 1, "1", { tags: ["x"] }));
  const same = structuredClone(before);
  expect(share(before, same, true)).toBe(before);
  const next = listed(row("b", 3, "2"), row("a", 2, "1", { tags: ["x"] }));
  const shared = share(before, next, true) as typeof before;
  expect(shared.items[0]).toBe(before.items[0]);
  expect(shared.items[1]!["tags"]).toBe(before.items[1]!["tags"]);
  expect(share(before, next, false)).toEqual(next);
});
