/** Laying changes over what is already here. Pure, so that every case can be tested. */
import { replaceEqualDeep } from "@tanstack/query-core";
import { isArrival, isDeparture, isOpen, type View } from "./endpoint";
import type { ChangeMessage, ListBody, Rec } from "./types";

export type Fit = "old" | "patched" | "misfit";

/** A change, or a record as the server gave it (`whole`), which replaces whatever is older. */
export type Told = ChangeMessage & { whole?: true; /** With `whole`: what is known to differ. */ fields?: readonly string[] };

/**
 * `old`: the record is at the change's version or past it, nothing to do. `patched`: the change was made on exactly
 * the version held here. `misfit`: a change in between is missing, or no patch was sent; the record must be fetched.
 */
export function lay(record: Rec, change: Told): { fit: Fit; record: Rec } {
  if (change.version === undefined) return { fit: "misfit", record };
  if (change.version <= record.version) return { fit: "old", record };
  if (change.whole) return { fit: "patched", record: change.patch as Rec };
  if (!change.patch || change.baseVersion !== record.version) return { fit: "misfit", record };
  return { fit: "patched", record: { ...record, ...change.patch, version: change.version } };
}

/** A record as the server gave it, as a change. */
export function whole(resource: string, record: Rec): Told {
  return { type: "change", timestamp: "", resource, recordId: record.id, action: "updated", version: record.version, patch: record, whole: true };
}

export function byResource(changes: readonly Told[]): Map<string, Told[]> {
  const groups = new Map<string, Told[]>();
  for (const change of changes) {
    const group = groups.get(change.resource);
    if (group) group.push(change);
    else groups.set(change.resource, [change]);
  }
  return groups;
}

export function isRecord(value: unknown): value is Rec {
  return typeof value === "object" && value !== null && "id" in value && "version" in value;
}

/** The records in an answer, if it holds any. */
export function recordsIn(body: unknown): readonly Rec[] {
  return isList(body) ? body.items.filter(isRecord) : isRecord(body) ? [body] : [];
}

export function isList(value: unknown): value is ListBody {
  return typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items);
}

/** Where each record stands, kept for as long as the list itself: ten thousand rows are not counted at each change. */
const places = new WeakMap<readonly Rec[], Map<string, number>>();

function placesOf(items: readonly Rec[]): Map<string, number> {
  let known = places.get(items);
  if (!known) places.set(items, (known = new Map(items.map(({ id }, index) => [id, index]))));
  return known;
}

export function find(body: unknown, id: string): Rec | undefined {
  if (isList(body)) return body.items[placesOf(body.items).get(id) ?? -1];
  return isRecord(body) && body.id === id ? body : undefined;
}

export interface Laid {
  /** The very same body when nothing in it changed; untouched records stay the same objects. */
  body: unknown;
  misfits: Told[];
  /** A record that was exchanged as a whole differs in what the list is sorted or filtered by. */
  moved: boolean;
}

/** Lays changes over a body, in their order. */
export function layAll(seen: View, body: unknown, changes: readonly Told[]): Laid {
  if (isList(body)) return layOnList(seen, body, changes);
  const misfits: Told[] = [];
  let record = body;
  for (const change of changes) {
    if (!isRecord(record) || record.id !== change.recordId) continue;
    if (isArrival(change) && change.patch && record.version < (change.version ?? 0)) record = asRecord(change);
    else if (change.action === "updated") {
      const laid = lay(record, change);
      if (laid.fit === "misfit") misfits.push(change);
      record = laid.record;
    }
  }
  return { body: record, misfits, moved: false };
}

function layOnList(seen: View, list: ListBody, changes: readonly Told[]): Laid {
  const misfits: Told[] = [];
  const sheet = new Sheet(list);
  let moved = false;
  for (const change of changes) {
    if (change.recordId === undefined) continue;
    const held = sheet.get(change.recordId);
    if (change.action === "updated" && held) {
      const laid = lay(held, change);
      if (laid.fit === "misfit") misfits.push(change);
      if (laid.fit !== "patched") continue;
      sheet.replace(laid.record);
      moved ||= change.whole === true && differs(seen, held, laid.record);
    }
    if (isDeparture(change) && held && held.version < (change.version ?? Infinity)) sheet.remove(held.id);
    if (!isArrival(change) || !change.patch) continue;
    if (!held && admits(seen, list, change)) sheet.add(asRecord(change));
    if (held && held.version < (change.version ?? 0)) sheet.replace(asRecord(change));
  }
  return { body: sheet.done(seen), misfits, moved };
}

function differs({ search, sort, filters }: View, one: Rec, other: Rec): boolean {
  return search !== "" || [...sort, ...filters].some((field) => one[field] !== other[field]);
}

/** One's own new record is also put on top of a first page; where else it belongs only the server can tell. */
function admits(seen: View, list: ListBody, change: Told): boolean {
  if (isOpen(seen)) return list.items.length >= list.total;
  return change.whole === true && seen.plain && seen.first && seen.falling && seen.timed !== undefined && seen.recordId === undefined;
}

function asRecord({ recordId, version, patch }: Told): Rec {
  return { ...patch, id: recordId!, version: version! };
}

/** A list under change: copied at the first one only. */
class Sheet {
  #items: Rec[] | undefined;
  readonly #at: Map<string, number>;
  readonly #added = new Map<string, Rec>();
  readonly #gone = new Set<string>();

  constructor(private readonly list: ListBody) {
    this.#at = placesOf(list.items);
  }

  get(id: string): Rec | undefined {
    if (this.#added.has(id)) return this.#added.get(id);
    const place = this.#gone.has(id) ? undefined : this.#at.get(id);
    return place === undefined ? undefined : (this.#items ?? this.list.items)[place];
  }

  replace(record: Rec): void {
    if (this.#added.has(record.id)) return void this.#added.set(record.id, record);
    this.#items ??= [...this.list.items];
    this.#items[this.#at.get(record.id)!] = record;
  }

  remove(id: string): void {
    if (!this.#added.delete(id)) this.#gone.add(id);
  }

  add(record: Rec): void {
    this.#added.set(record.id, record);
  }

  done(seen: View): ListBody {
    const [list, items, added, gone] = [this.list, this.#items, this.#added, this.#gone];
    if (added.size === 0 && gone.size === 0) {
      if (!items) return list;
      places.set(items, this.#at);
      return { ...list, items };
    }
    const kept = (items ?? list.items).filter(({ id }) => !gone.has(id));
    const all = added.size > 0 ? inOrder(seen, [...added.values(), ...kept]) : kept;
    const total = list.total + all.length - list.items.length;
    const limit = seen.whole ? all.length : list.limit;
    return { ...list, items: seen.whole ? all : all.slice(0, limit), limit, total };
  }
}

/** As the server sorts a time: ties by id, the same way round. */
function inOrder({ timed, falling }: View, items: Rec[]): Rec[] {
  const key = timed ?? "createdAt";
  const way = falling ? -1 : 1;
  return items.sort((one, other) => way * (text(one[key], other[key]) || text(one.id, other.id)));
}

function text(one: unknown, other: unknown): number {
  const [left, right] = [String(one), String(other)];
  return left < right ? -1 : Number(left > right);
}

/** What changed since a position, laid over the whole list. */
export interface Delta {
  items: Rec[];
  deleted: string[];
}

/** Whether a whole list needs only that to be true again: who joins a list that is filtered, and where, the server knows. */
export function staysInPlace(seen: View, list: ListBody, { items }: Delta): boolean {
  if (isOpen(seen) || items.length === 0) return true;
  const telling = [...seen.sort, ...seen.filters];
  const stays = (item: Rec, held: Rec | undefined) => held !== undefined && telling.every((field) => field in item && item[field] === held[field]);
  return seen.search === "" && !telling.includes("updatedAt") && items.every((item) => stays(item, find(list, item.id)));
}

export function bringUp(seen: View, list: ListBody, { items, deleted }: Delta): ListBody {
  if (items.length === 0 && deleted.length === 0) return list;
  const gone = new Set(deleted);
  const sheet = new Sheet(list);
  for (const id of gone) if (sheet.get(id)) sheet.remove(id);
  for (const item of items) {
    const held = sheet.get(item.id);
    if (!held) sheet.add(item);
    else if (held.version < item.version) sheet.replace(item);
  }
  const done = sheet.done(seen);
  return seen.timed === "updatedAt" ? { ...done, items: inOrder(seen, [...done.items]) } : done;
}

/**
 * `next` with every part that is as before replaced by the very object that was before. With `newer`, a record held at
 * a higher version than the answer's stays: versions only rise, so the answer is the older one.
 */
export function share(before: unknown, next: unknown, newer: boolean): unknown {
  if (isList(before) && isList(next) && next.items.every(isRecord)) return shareList(before, next, newer);
  if (newer && isRecord(before) && isRecord(next) && before.id === next.id && before.version > next.version) return before;
  return replaceEqualDeep(before, next);
}

function shareList(before: ListBody, next: ListBody, newer: boolean): ListBody {
  const at = placesOf(before.items);
  let same = before.items.length === next.items.length && before.total === next.total && before.limit === next.limit;
  const items = next.items.map((item, index) => {
    const place = at.get(item.id);
    const held = place === undefined ? undefined : before.items[place];
    const kept = held && newer && held.version > item.version ? held : held ? replaceEqualDeep(held, item) : item;
    same &&= place === index && kept === held;
    return kept;
  });
  return same ? (replaceEqualDeep(before, { ...next, items: before.items }) as ListBody) : { ...next, items };
}
