import { expect, test } from "vitest";
import { changed, editable, overtaken, valuesOf } from "../../src/panel/record/values";
import { resourceNamed } from "../../src/panel/resources";

const fields = editable(resourceNamed("businesses")!);
const base = { id: "a", version: 1, name: "Old", email: null, isActive: true, phone: "1", website: null, description: null };

test("only what was changed is sent, an emptied text as null", () => {
  const values = { ...valuesOf(fields, base), name: "New", phone: "", isActive: false };
  expect(changed(fields, base, values)).toEqual({ name: "New", phone: null, isActive: false });
  expect(changed(fields, base, valuesOf(fields, base))).toEqual({});
});

test("what somebody else changed is told by field", () => {
  expect(overtaken(fields, base, { ...base, version: 2, phone: "2" }).map(({ name }) => name)).toEqual(["phone"]);
});

test("what the system keeps is not editable", () => {
  const names = fields.map(({ name }) => name);
  expect(names).not.toEqual(expect.arrayContaining(["id"]));
  for (const kept of ["id", "version", "createdAt", "updatedAt", "adminRef"]) expect(names).not.toContain(kept);
});
