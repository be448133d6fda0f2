/** Between a record and its form: what may be edited, what was, and what differs. Pure. */
import type { Rec } from "../../realtime";
import type { Field, Resource } from "../resources";

export type Values = Record<string, string | boolean>;

export function editable(resource: Resource): Field[] {
  return resource.sections.flatMap(({ fields }) => fields.filter(({ edit }) => edit === true));
}

export function valuesOf(fields: Field[], record: Rec): Values {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, kind === "flag" ? Boolean(record[name]) : String(record[name] ?? "")]));
}

/** Only what the person changed, in the wire's form: an emptied text is null. */
export function changed(fields: Field[], base: Rec, values: Values): Record<string, unknown> {
  const before = valuesOf(fields, base);
  const differing = fields.filter(({ name }) => values[name] !== before[name]);
  return Object.fromEntries(differing.map(({ name }) => [name, values[name] === "" ? null : values[name]]));
}

/** The fields of the form that somebody else has changed since. */
export function overtaken(fields: Field[], base: Rec, current: Rec): Field[] {
  const [before, now] = [valuesOf(fields, base), valuesOf(fields, current)];
  return fields.filter(({ name }) => before[name] !== now[name]);
}
