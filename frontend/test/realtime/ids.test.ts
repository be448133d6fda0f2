import { afterEach, expect, test, vi } from "vitest";
import { entryOf } from "../../src/realtime/entry";
import { randomId } from "../../src/realtime/ids";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("each is another one, of 24 letters", () => {
  const many = new Set(Array.from({ length: 1_000 }, randomId));
  expect(many.size).toBe(1_000);
  for (const one of many) expect(one).toMatch(/^[0-9a-f]{24}$/);
});

test("a page that came without encryption can edit and create, too", () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(entryOf({ resource: "users", id: "u1", fields: { name: "Ann" } }, 3).mutation).toMatch(/^[0-9a-f]{24}$/);
  expect(entryOf({ resource: "users", create: { name: "Ann" } }, undefined).shown.id).toMatch(/^new:[0-9a-f]{24}$/);
});
