/** A form made of a JSON Schema gives back what a schema takes. */
import { describe, expect, it } from "vitest";
import { fieldsOf, NotValid, typedOf, valuesOf } from "../../src/panel/plugins/settings";

const SCHEMA = {
  $defs: { Kind: { enum: ["a", "b"], type: "string" } },
  properties: {
    days: { type: "integer", minimum: 1, maximum: 90, default: 7, title: "Days" },
    kind: { $ref: "#/$defs/Kind", default: "a" },
    strict: { type: "boolean", default: false },
    words: { type: "array", items: { type: "string" } },
    name: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    deep: { type: "object" },
  },
};

describe("a form of settings", () => {
  const fields = fieldsOf(SCHEMA);

  it("knows what each field is", () => {
    expect(Object.fromEntries(fields.map(({ name, kind }) => [name, kind]))).toEqual({ days: "integer", kind: "choice", strict: "flag", words: "list", name: "text", deep: "json" });
    expect(fields[0]).toMatchObject({ title: "Days", minimum: 1, maximum: 90, standard: 7 });
    expect(fields[1]?.choices).toEqual(["a", "b"]);
  });

  it("gives back what it was given", () => {
    const values = { days: 30, kind: "b", strict: true, words: ["x", "y"], name: null, deep: { a: [1] } };
    expect(valuesOf(fields, typedOf(fields, values))).toEqual(values);
  });

  it("leaves an empty field to its default", () => {
    expect(valuesOf(fields, { ...typedOf(fields, {}), days: " " })).toEqual({ strict: false, words: [], name: null });
  });

  it.each([["days", "many", "number"], ["deep", "{", "json"]])("says what is wrong with %s", (field, text, why) => {
    const act = () => valuesOf(fields, { [field]: text });
    expect(act).toThrow(NotValid);
    expect(act).toThrow(expect.objectContaining({ field, why }) as Error);
  });
});
