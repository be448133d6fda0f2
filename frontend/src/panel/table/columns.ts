/** Which fields can be columns, and which are. */
import { labelOf, messages } from "../messages";
import { fieldsOf, type Column, type Field, type Kind, type Resource } from "../resources";

const SHOWN: Record<Kind, Column["kind"]> = { text: "text", long: "long", email: "text", url: "text", flag: "flag", choice: "choice", time: "time", json: "long", reference: "reference" };

/** All that could be shown: the declared columns first, then every other field. */
export function columnsOf(resource: Resource): Column[] {
  const declared = new Set(resource.columns.map(({ field }) => field));
  return [...resource.columns, ...fieldsOf(resource).filter(({ name, kind }) => !declared.has(name) && kind !== "json").map(columnOf)];
}

function columnOf({ name, kind }: Field): Column {
  return { field: name, kind: SHOWN[kind], priority: 2 };
}

/** The title always leads: it is what opens a record. */
export function chosen(resource: Resource, names: string[] | undefined): Column[] {
  if (!names) return resource.columns;
  const all = columnsOf(resource);
  const [title] = resource.columns;
  const rest = names.flatMap((name) => all.find(({ field }) => field === name) ?? []).filter(({ field }) => field !== title?.field);
  return title ? [title, ...rest] : rest;
}

export function columnLabel(column: Column): string {
  return column.label ? messages.table.columns[column.label] : labelOf(column.field);
}

/** What can be changed right in the table. */
export function editableCell(resource: Resource, column: Column): Field | undefined {
  if (column.kind === "addressee" || column.kind === "admin") return undefined;
  const field = fieldsOf(resource).find(({ name }) => name === column.field);
  const simple = field && ["text", "email", "url", "flag", "choice"].includes(field.kind);
  return simple && field.edit ? field : undefined;
}
