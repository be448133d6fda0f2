/** Between a record and its form: what may be edited, what was, what differs, what cannot be right. Pure. */
import type { Rec } from "../../realtime";
import { fieldsOf, type Field, type Resource } from "../resources";
import { words } from "./words";

export type Values = Record<string, string | boolean>;

export function editable(resource: Resource): Field[] {
  return fieldsOf(resource).filter(({ edit }) => edit);
}

export function valuesOf(fields: Field[], record: Record<string, unknown>): Values {
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field, record[field.name])]));
}

function valueOf(field: Field, value: unknown): string | boolean {
  if (field.kind === "flag") return Boolean(value);
  if (value === null || value === undefined) return "";
  return field.kind === "json" ? JSON.stringify(value, null, 2) : String(value);
}

/** In the wire's form: an emptied text is null. Call it with what `faults` let through. */
export function wired(field: Field, value: string | boolean | undefined): unknown {
  if (value === "" || value === undefined) return null;
  return field.kind === "json" && typeof value === "string" ? JSON.parse(value) : value;
}

/** Only what the person changed. */
export function changed(fields: Field[], base: Record<string, unknown>, values: Values): Record<string, unknown> {
  const before = valuesOf(fields, base);
  const differing = fields.filter(({ name }) => values[name] !== before[name]);
  return Object.fromEntries(differing.map((field) => [field.name, wired(field, values[field.name])]));
}

/** The fields of the form that somebody else has changed since. */
export function overtaken(fields: Field[], base: Rec, current: Rec): Field[] {
  const [before, now] = [valuesOf(fields, base), valuesOf(fields, current)];
  return fields.filter(({ name }) => before[name] !== now[name]);
}

/** Of those, the ones this person changed, too, to something else. */
export function contested(fields: Field[], base: Rec, current: Rec, values: Values): Field[] {
  const [before, now] = [valuesOf(fields, base), valuesOf(fields, current)];
  return overtaken(fields, base, current).filter(({ name }) => values[name] !== before[name] && values[name] !== now[name]);
}

/** What stands in the form after somebody else's change: theirs wherever this person chose it, or had nothing of their own. */
export function merged(fields: Field[], base: Rec, current: Rec, values: Values, theirs: ReadonlySet<string>): Values {
  const [before, now] = [valuesOf(fields, base), valuesOf(fields, current)];
  return Object.fromEntries(fields.map(({ name }) => [name, (theirs.has(name) || values[name] === before[name] ? now[name] : values[name]) ?? ""]));
}

/** What the server's document says a value must be. */
export interface Rule {
  required?: boolean;
  shortest?: number;
  longest?: number;
  pattern?: string;
}

export type Rules = Record<string, Rule>;

export function faults(fields: Field[], values: Values, rules: Rules): Record<string, string> {
  const found = fields.map((field) => [field.name, fault(field, values[field.name], rules[field.name] ?? {})] as const);
  return Object.fromEntries(found.filter((each): each is [string, string] => each[1] !== undefined));
}

function fault({ kind }: Field, value: string | boolean | undefined, { required, shortest, longest, pattern }: Rule): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (value === undefined || value.trim() === "") return required ? words.required : undefined;
  const size = [...value].length;
  if (longest !== undefined && size > longest) return words.tooLong(longest);
  if (shortest !== undefined && size < shortest) return words.tooShort(shortest);
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) return words.malformed;
  return kind === "json" && !isJson(value) ? words.noJson : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // that is the answer
  }
}
