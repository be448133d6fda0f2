/** Edits that the server has not confirmed yet, laid over what it has told. The truth below stays untouched: taking one back is leaving it out. */
import { isList, isRecord } from "./patch";
import { isCurrent, type View } from "./endpoint";
import type { ListBody, Rec } from "./types";

/** One unconfirmed edit, as it shows. */
export type Shown =
  | { kind: "update"; id: string; fields: Record<string, unknown> }
  | { kind: "create"; id: string; fields: Record<string, unknown>; at: string }
  | { kind: "delete"; id: string };

export type Overlay = readonly Shown[];

export const NOTHING: Overlay = [];

const bodies = new WeakMap<object, { overlay: Overlay; body: unknown }>();
const rows = new WeakMap<Rec, { edits: Shown[]; row: Rec }>();

/** The very same body when the edits do not touch it, and the same result as long as neither body nor edits change. */
export function overlaid(seen: View, body: unknown, overlay: Overlay): unknown {
  if (overlay.length === 0 || !isCurrent(seen) || typeof body !== "object" || body === null) return body;
  const known = bodies.get(body);
  if (known?.overlay === overlay) return known.body;
  const made = isList(body) ? onList(seen, body, overlay) : isRecord(body) ? onRecord(body, overlay) : body;
  bodies.set(body, { overlay, body: made });
  return made;
}

function onList(seen: View, list: ListBody, overlay: Overlay): ListBody {
  const touched = new Set(overlay.map(({ id }) => id));
  const gone = new Set(overlay.flatMap((edit) => (edit.kind === "delete" ? [edit.id] : [])));
  const here = new Set(list.items.flatMap(({ id }) => (touched.has(id) ? [id] : [])));
  const drafts = overlay.flatMap((edit) => (edit.kind === "create" && admitsDraft(seen) && !here.has(edit.id) ? [draft(edit, overlay)] : []));
  if (here.size === 0 && drafts.length === 0) return list;
  const items = list.items.flatMap((row) => (!here.has(row.id) ? [row] : gone.has(row.id) ? [] : [onRecord(row, overlay)]));
  const left = [...here].filter((id) => gone.has(id)).length;
  return { ...list, items: [...drafts, ...items], total: list.total + drafts.length - left };
}

/** Where a new record belongs only the server knows; it is shown on top of lists that it surely belongs to. */
function admitsDraft(seen: View): boolean {
  return seen.plain && seen.first && seen.recordId === undefined;
}

function draft(edit: Shown & { kind: "create" }, overlay: Overlay): Rec {
  return onRecord({ id: edit.id, version: 0, createdAt: edit.at, updatedAt: edit.at, ...edit.fields }, overlay);
}

function onRecord(record: Rec, overlay: Overlay): Rec {
  const edits = overlay.filter((edit) => edit.kind === "update" && edit.id === record.id);
  if (edits.length === 0) return record;
  const known = rows.get(record);
  if (known && known.edits.length === edits.length && known.edits.every((edit, index) => edit === edits[index])) return known.row;
  const row = edits.reduce<Rec>((made, edit) => (edit.kind === "update" ? { ...made, ...edit.fields } : made), record);
  rows.set(record, { edits, row });
  return row;
}
