/** From a JSON Schema to the fields of a form, and from what was typed back to values. Pure. */

export interface SettingField {
  name: string;
  title: string;
  hint: string;
  kind: "text" | "integer" | "number" | "flag" | "choice" | "list" | "json";
  choices: string[];
  minimum?: number;
  maximum?: number;
  nullable: boolean;
  standard: unknown;
}

interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  properties?: Record<string, Schema>;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export type Typed = Record<string, string | boolean>;

export class NotValid extends Error {
  constructor(readonly field: string, readonly why: "number" | "json") {
    super(why);
  }
}

export function fieldsOf(schema: object): SettingField[] {
  const root = schema as Schema;
  return Object.entries(root.properties ?? {}).map(([name, own]) => fieldOf(name, resolved(own, root)));
}

/** Follows a reference into the schema's own definitions. */
function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/$defs/", "");
  const found = name === undefined ? undefined : root.$defs?.[name];
  return found ? { ...found, ...schema } : schema;
}

function fieldOf(name: string, schema: Schema): SettingField {
  const forms = schema.anyOf ?? [schema];
  const nullable = forms.some(({ type }) => type === "null");
  const real = forms.filter(({ type }) => type !== "null");
  const form: Schema = real.length === 1 ? { ...schema, ...real[0] } : {};
  const minimum = form.minimum ?? form.exclusiveMinimum;
  const maximum = form.maximum ?? form.exclusiveMaximum;
  return {
    name, nullable, kind: kindOf(form), title: schema.title ?? name, hint: schema.description ?? "", standard: schema.default,
    choices: (form.enum ?? []).map(String),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

function kindOf({ type, enum: choices, items }: Schema): SettingField["kind"] {
  if (choices?.every((choice) => typeof choice === "string")) return "choice";
  if (type === "integer" || type === "number") return type;
  if (type === "boolean") return "flag";
  if (type === "string") return "text";
  return type === "array" && items?.type === "string" ? "list" : "json";
}

/** What stands in the form for these values. */
export function typedOf(fields: SettingField[], values: Record<string, unknown>): Typed {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, typed(kind, values[name])]));
}

function typed(kind: SettingField["kind"], value: unknown): string | boolean {
  if (kind === "flag") return value === true;
  if (value === null || value === undefined) return "";
  if (kind === "list" && Array.isArray(value)) return value.join("\n");
  return kind === "json" ? JSON.stringify(value, null, 2) : String(value);
}

/** What was typed, as values; an empty field is left out, so that its default holds. Throws NotValid. */
export function valuesOf(fields: SettingField[], given: Typed): Record<string, unknown> {
  const pairs = fields.map((field) => [field.name, valueOf(field, given[field.name] ?? "")] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function valueOf({ name, kind, nullable }: SettingField, text: string | boolean): unknown {
  if (typeof text === "boolean") return text;
  if (text.trim() === "") return kind === "list" ? [] : nullable ? null : undefined;
  if (kind === "list") return text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (kind === "json") return parsed(name, text);
  if (kind !== "integer" && kind !== "number") return text;
  const number = Number(text);
  if (Number.isNaN(number)) throw new NotValid(name, "number");
  return number;
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotValid(name, "json");
  }
}
