/** One edit on its way to the server: how it shows, what is sent, what its answer means for those behind it. */
import type { FieldError } from "./errors";
import { readJson, type Send } from "./fetching";
import { randomId } from "./ids";
import type { Shown } from "./overlay";
import { PATIENCE, within } from "./patience";
import type { Told } from "./patch";
import type { Rec } from "./types";

interface Common {
  resource: string;
  /** False: refused while the server is out of reach, instead of waiting for it. */
  wait?: boolean;
  /** Called when it begins to wait: its outcome may be told to nobody's form. */
  onWait?: () => void;
  /** The caller's own, given back with what became of an edit that waited; plain data: it is kept with it. */
  note?: unknown;
}

interface OnRecord extends Common {
  id: string;
  /** The version it was made on; default: the one shown. Given, it is exact: whoever changed the record since makes it a Conflict. */
  version?: number | undefined;
  /** True: even with a version given, what others did to other fields since does not hinder it. */
  merge?: boolean;
  /** True: written over whatever is there. */
  force?: boolean;
}

export type Update = OnRecord & { fields: Record<string, unknown> };
export type Deletion = OnRecord & { delete: true };
export type Creation = Common & { create: Record<string, unknown> };
export type Edit = Update | Creation | Deletion;

/** What a deletion gives: the entry in quarantine brings the record back. */
export interface Deleted {
  id: string;
  quarantineId: string | undefined;
}

/** Written by oneself: up to `version` nobody else changed these fields, nor after that what the next ones say. */
interface Own {
  version: number;
  fields: Record<string, unknown>;
}

export interface Entry {
  edit: Edit;
  shown: Shown;
  mutation: string;
  /** What goes into If-Match; undefined: whatever is there. */
  base: number | undefined;
  /** The version was not the caller's choice: where nothing clashes it may be made on a newer one. */
  lenient: boolean;
  /** What edits of one's own wrote after `base`, the oldest first. */
  own?: Own[] | undefined;
  rebases: number;
  since: number;
  sending: boolean;
  calledOff: boolean;
  /** It has waited for the server once: what comes after it waits too, so that all arrive in their order. */
  waited: boolean;
  /** When it was sent last without an answer: it may have arrived. */
  unsure: number | undefined;
  /** Until then it may still arrive though nothing tells of it. */
  doubted?: number;
  /** The version that it made, where the record may have gone on since. */
  made?: number | undefined;
  done: (outcome: Rec | Deleted) => void;
  failed: (reason: unknown) => void;
}

/** An edit that waits for the server, or did: `mutation` is its name. */
export interface Waiting {
  mutation: string;
  edit: Edit;
  /** When it was made. Milliseconds of the epoch. */
  since: number;
  /** It had left before it was called off: whether it was made is looked up. */
  calledOff: boolean;
}

/** What became of an edit that had waited. */
export type Late = Waiting & ({ outcome: Rec | Deleted } | { error: unknown });

/** `held`: the version of the record that is shown. */
export function entryOf(edit: Edit, held: number | undefined): Omit<Entry, "done" | "failed" | "waited"> {
  const chosen = "create" in edit ? undefined : edit.version;
  const lenient = chosen === undefined || ("merge" in edit && edit.merge === true);
  const base = chosen ?? ("create" in edit || edit.force ? undefined : held);
  const state = { rebases: 0, since: Date.now(), sending: false, calledOff: false, unsure: undefined };
  return { edit, shown: shownOf(edit), mutation: randomId(), base, lenient, ...state };
}

function shownOf(edit: Edit): Shown {
  if ("create" in edit) return { kind: "create", id: `new:${randomId()}`, fields: edit.create, at: new Date().toISOString() };
  return "delete" in edit ? { kind: "delete", id: edit.id } : { kind: "update", id: edit.id, fields: edit.fields };
}

export async function request(send: Send, { edit, base, mutation }: Entry): Promise<Rec | Deleted> {
  const headers = new Headers({ "X-Mutation-Id": mutation });
  if (base !== undefined) headers.set("If-Match", `"${base}"`);
  const path = `/api/admin/${edit.resource}${"create" in edit ? "" : `/${encodeURIComponent(edit.id)}`}`;
  if ("delete" in edit) {
    const reply = await within(PATIENCE, (signal) => send(path, { method: "DELETE", headers, signal }));
    return { id: edit.id, quarantineId: reply.headers.get("X-Quarantine-Id") ?? undefined };
  }
  headers.set("Content-Type", "application/json");
  const [method, values] = "create" in edit ? ["POST", edit.create] : ["PATCH", edit.fields];
  return readJson<Rec>(send, path, { method, headers, body: JSON.stringify(values) });
}

/** An edit made on what an earlier one of ours showed goes on from what the server made of that. */
export function follow(next: Entry, done: Entry, outcome: Rec | Deleted): void {
  if (next.shown.id !== done.shown.id || !("version" in outcome) || "create" in next.edit) return;
  const version = done.made ?? outcome.version;
  if ("create" in done.edit) {
    next.edit = { ...next.edit, id: outcome.id };
    next.shown = { ...next.shown, id: outcome.id };
    next.base = version;
  } else if (next.base !== undefined && (next.base === done.base || next.base + 1 === version)) next.base = version;
  else if ("fields" in done.edit) {
    const own = [...(next.own ?? [])];
    const before = own.at(-1)?.version === done.base && own.pop()?.fields;
    next.own = [...own, { version, fields: { ...before, ...done.edit.fields } }];
  }
}

/** The newer version that an edit may be made on after it met a conflict over `fields`, if there is one. */
export function rebased({ lenient, base, own }: Entry, theirs: Rec, fields: FieldError[]): number | undefined {
  if (!lenient) return undefined;
  if (fields.length === 0) return theirs.version;
  const after = own?.filter(({ version }) => base! < version);
  return fields.every(({ field }) => after?.some((each) => field in each.fields)) ? after![0]!.version : undefined;
}

export function confirmed({ edit, base, mutation }: Entry, outcome: Rec | Deleted): Told {
  const common = { type: "change", timestamp: "", resource: edit.resource, recordId: outcome.id, mutationId: mutation } as const;
  if (!("version" in outcome)) return { ...common, action: "deleted", ...(base === undefined ? {} : { version: base + 1 }) };
  const record = { version: outcome.version, patch: outcome, whole: true } as const;
  return "fields" in edit ? { ...common, ...record, action: "updated", fields: Object.keys(edit.fields) } : { ...common, ...record, action: "created" };
}
