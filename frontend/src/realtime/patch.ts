/** Laying a change over a record that is already here. Pure, so that every case can be tested. */
import type { ChangeMessage, ListBody, Rec } from "./types";

export type Fit = "old" | "patched" | "misfit";

/**
 * `old`: the record is at the change's version or past it, nothing to do. `patched`: the change was made on exactly
 * the version held here. `misfit`: a change in between is missing, or no patch was sent; the record must be fetched.
 */
export function lay(record: Rec, change: ChangeMessage): { fit: Fit; record: Rec } {
  if (change.version === undefined) return { fit: "misfit", record };
  if (change.version <= record.version) return { fit: "old", record };
  if (!change.patch || change.baseVersion !== record.version) return { fit: "misfit", record };
  return { fit: "patched", record: { ...record, ...change.patch, version: change.version } };
}

export function isRecord(value: unknown): value is Rec {
  return typeof value === "object" && value !== null && "id" in value && "version" in value;
}

export function isList(value: unknown): value is ListBody {
  return typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items);
}

/** The body with one record exchanged, or the very same body when it does not hold that record. */
export function exchange(body: unknown, id: string, change: (record: Rec) => Rec): unknown {
  if (isList(body)) {
    const index = body.items.findIndex((item) => item.id === id);
    if (index < 0) return body;
    const next = change(body.items[index]!);
    return next === body.items[index] ? body : { ...body, items: body.items.with(index, next) };
  }
  return isRecord(body) && body.id === id ? change(body) : body;
}

export function find(body: unknown, id: string): Rec | undefined {
  if (isList(body)) return body.items.find((item) => item.id === id);
  return isRecord(body) && body.id === id ? body : undefined;
}
