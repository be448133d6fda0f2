/** Changing records: shown at once, sent in order, kept while the server is out of reach, taken back when it refuses. */
import { backoff } from "./backoff";
import { Conflict, RequestFailed, unreachable, unsent } from "./errors";
import { NOTHING, type Overlay, type Shown } from "./overlay";
import type { Told } from "./patch";
import type { Store } from "./store";
import type { ChangeMessage, Rec } from "./types";

interface Common {
  resource: string;
  /** False: refused at once while the server is out of reach, instead of waiting for it. */
  wait?: boolean;
}

interface OnRecord extends Common {
  id: string;
  /** The version it was made on; default: the one shown. Given, it is exact: whoever changed the record since makes it a Conflict. */
  version?: number | undefined;
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

/** Most edits that wait for the server, and how long (milliseconds). */
export const QUEUE = { most: 50, longest: 600_000 } as const;
/** After a way back: so long the stream may take to tell whether a creation had arrived. Milliseconds. */
const ECHO = 2_000;
/** How often an edit in nobody's way is made anew on the version it met. */
const REBASES = 3;

type Send = (path: string, init?: RequestInit) => Promise<Response>;

interface Entry {
  edit: Edit;
  shown: Shown;
  mutation: string;
  /** What goes into If-Match; undefined: whatever is there. */
  base: number | undefined;
  /** The version was not the caller's choice: where nothing clashes it may be made on a newer one. */
  lenient: boolean;
  rebases: number;
  since: number;
  sending: boolean;
  /** It has waited for the server once: what comes after it waits too, so that all arrive in their order. */
  waited: boolean;
  /** It was sent and no answer came: it may have arrived. */
  unsure: boolean;
  done: (outcome: Rec | Deleted) => void;
  failed: (reason: unknown) => void;
}

export interface EditsOptions {
  store: Store;
  send: Send;
  /** Whether the server is believed to be within reach. */
  isOffline: () => boolean;
  isLive: () => boolean;
}

export class Edits {
  private entries: Entry[] = [];
  private readonly overlays = new Map<string, Overlay>();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;
  private changes = 0;
  private notBefore = 0;
  private liveSince = 0;

  constructor(private readonly options: EditsOptions) {}

  /** Gives the record as it now stands, of a deletion its entry in quarantine. Throws RequestFailed, or a Conflict. */
  apply(edit: Edit): Promise<Rec | Deleted> {
    const away = this.isAway();
    if (away && edit.wait === false) return Promise.reject(unreachable());
    if (this.entries.filter(({ waited }) => waited).length >= QUEUE.most) return Promise.reject(unsent("queue-full"));
    return new Promise((done, failed) => {
      this.entries.push({ ...this.entryOf(edit), waited: away, done, failed });
      this.show(edit.resource);
      this.pump();
    });
  }

  /** The same object as long as nothing changes. */
  overlay = (resource: string): Overlay => this.overlays.get(resource) ?? NOTHING;

  /** Another number whenever the unconfirmed edits change. */
  version = (): number => this.changes;

  /** Calls back when the unconfirmed edits change. Returns how to stop. */
  watch = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  isPending(resource: string, id: string): boolean {
    return this.overlay(resource).some((shown) => shown.id === id);
  }

  /** The connection has changed: what waits may go out now. */
  reconnected(): void {
    if (this.options.isLive()) this.liveSince ||= Date.now();
    else this.liveSince = 0;
    if (this.isAway()) return;
    this.tries = 0;
    this.notBefore = 0;
    this.pump();
  }

  /** The stream tells of a change that one of ours made, of which no answer came. */
  echo(change: ChangeMessage): void {
    const entry = this.entries.find(({ mutation, unsure, sending }) => unsure && !sending && mutation === change.mutationId);
    if (!entry || entry.edit.resource !== change.resource || change.recordId === undefined) return;
    if ("delete" in entry.edit) return this.accept(entry, { id: change.recordId, quarantineId: undefined });
    this.fetchRecord(change.resource, change.recordId).then((record) => this.accept(entry, record), () => this.pump());
  }

  async fetchRecord(resource: string, id: string): Promise<Rec> {
    const reply = await this.options.send(`/api/admin/${resource}/${encodeURIComponent(id)}`);
    return (await reply.json()) as Rec;
  }

  close(): void {
    clearTimeout(this.timer);
    for (const entry of [...this.entries]) this.settle(entry, () => entry.failed(unsent("closed")));
  }

  private entryOf(edit: Edit): Omit<Entry, "done" | "failed" | "waited"> {
    const chosen = "create" in edit ? undefined : edit.version;
    const shownVersion = "create" in edit || edit.force ? undefined : this.options.store.held(edit.resource, edit.id)?.version;
    const state = { rebases: 0, since: Date.now(), sending: false, unsure: false };
    return { edit, shown: shownOf(edit), mutation: crypto.randomUUID(), base: chosen ?? shownVersion, lenient: chosen === undefined, ...state };
  }

  private isAway(): boolean {
    return this.options.isOffline() || navigator.onLine === false;
  }

  /** Sends all that nothing stands before: edits of one record one after another, after a wait all one after another. */
  private pump(): void {
    this.expire();
    const now = Date.now();
    if (now < this.notBefore || navigator.onLine === false) return this.again();
    for (const [index, entry] of this.entries.entries()) {
      const before = this.entries.slice(0, index).some((other) => other.waited || other.shown.id === entry.shown.id);
      if (!entry.sending && !before && !this.mayHaveArrived(entry)) void this.deliver(entry);
    }
    this.again();
  }

  /** A creation made twice is two records: without an answer, only a live stream can tell that the first one did not arrive. */
  private mayHaveArrived({ unsure, edit }: Entry): boolean {
    return unsure && "create" in edit && (this.liveSince === 0 || Date.now() < this.liveSince + ECHO);
  }

  private again(): void {
    clearTimeout(this.timer);
    if (!this.entries.some(({ sending }) => !sending)) return;
    this.timer = setTimeout(() => this.pump(), Math.max(this.notBefore - Date.now(), ECHO / 2));
  }

  private expire(): void {
    const oldest = Date.now() - QUEUE.longest;
    const late = this.entries.filter(({ sending, since }) => !sending && since < oldest);
    for (const entry of late) this.settle(entry, () => entry.failed(unsent("waited-too-long")));
  }

  private async deliver(entry: Entry): Promise<void> {
    entry.sending = true;
    try {
      this.accept(entry, await this.request(entry));
      this.tries = 0;
    } catch (error) {
      entry.sending = false;
      if (!this.entries.includes(entry)) return;
      if (error instanceof RequestFailed && error.status === 0 && entry.edit.wait !== false) this.hold(entry);
      else this.refuse(entry, error);
    }
    this.pump();
  }

  private hold(entry: Entry): void {
    entry.waited = true;
    entry.unsure = true;
    this.tries += 1;
    this.notBefore = Date.now() + backoff(this.tries, 1_000);
  }

  private async request({ edit, base, mutation }: Entry): Promise<Rec | Deleted> {
    const headers = new Headers({ "X-Mutation-Id": mutation });
    if (base !== undefined) headers.set("If-Match", `"${base}"`);
    const path = `/api/admin/${edit.resource}`;
    if ("delete" in edit) {
      const reply = await this.options.send(`${path}/${encodeURIComponent(edit.id)}`, { method: "DELETE", headers });
      return { id: edit.id, quarantineId: reply.headers.get("X-Quarantine-Id") ?? undefined };
    }
    headers.set("Content-Type", "application/json");
    const [method, address, values] = "create" in edit ? ["POST", path, edit.create] : ["PATCH", `${path}/${encodeURIComponent(edit.id)}`, edit.fields];
    const reply = await this.options.send(address, { method, headers, body: JSON.stringify(values) });
    return (await reply.json()) as Rec;
  }

  private accept(entry: Entry, outcome: Rec | Deleted): void {
    if (!this.entries.includes(entry)) return;
    this.options.store.confirm(confirmed(entry, outcome));
    for (const next of this.entries) if (next !== entry) follow(next, entry, outcome);
    this.settle(entry, () => entry.done(outcome));
  }

  private refuse(entry: Entry, error: unknown): void {
    const { edit, unsure } = entry;
    if (error instanceof Conflict) return this.clash(entry, error);
    const gone = error instanceof RequestFailed && error.status === 404;
    if (gone && unsure && "delete" in edit) return this.accept(entry, { id: edit.id, quarantineId: undefined });
    if ("create" in edit) for (const next of this.entries.filter((other) => other !== entry && other.shown.id === entry.shown.id)) this.settle(next, () => next.failed(error));
    this.settle(entry, () => entry.failed(error));
    if (gone) this.options.store.refresh([edit.resource]);
  }

  private clash(entry: Entry, conflict: Conflict): void {
    const { theirs, fields } = conflict;
    const { edit } = entry;
    if (theirs) this.options.store.put(edit.resource, theirs);
    const wanted = "fields" in edit ? edit.fields : undefined;
    if (theirs && wanted && entry.unsure && holds(theirs, wanted)) return this.accept(entry, theirs);
    if (theirs && wanted && entry.lenient && fields.length === 0 && entry.rebases < REBASES) {
      entry.base = theirs.version;
      entry.rebases += 1;
      return;
    }
    conflict.yours = wanted;
    this.settle(entry, () => entry.failed(conflict));
  }

  private settle(entry: Entry, tell: () => void): void {
    this.entries = this.entries.filter((other) => other !== entry);
    this.show(entry.edit.resource);
    tell();
  }

  private show(resource: string): void {
    const shown = this.entries.flatMap((entry) => (entry.edit.resource === resource ? [entry.shown] : []));
    if (shown.length > 0) this.overlays.set(resource, shown);
    else this.overlays.delete(resource);
    this.changes += 1;
    for (const listener of this.listeners) listener();
  }
}

function shownOf(edit: Edit): Shown {
  if ("create" in edit) return { kind: "create", id: `new:${crypto.randomUUID()}`, fields: edit.create, at: new Date().toISOString() };
  return "delete" in edit ? { kind: "delete", id: edit.id } : { kind: "update", id: edit.id, fields: edit.fields };
}

/** An edit made on what an earlier one of ours showed goes on from what the server made of that. */
function follow(next: Entry, done: Entry, outcome: Rec | Deleted): void {
  if (next.shown.id !== done.shown.id || !("version" in outcome) || "create" in next.edit) return;
  if ("create" in done.edit) {
    next.edit = { ...next.edit, id: outcome.id };
    next.shown = { ...next.shown, id: outcome.id };
    next.base = outcome.version;
  } else if (next.base === done.base && next.base !== undefined) next.base = outcome.version;
}

function confirmed({ edit, base, mutation }: Entry, outcome: Rec | Deleted): Told {
  const common = { type: "change", timestamp: "", resource: edit.resource, recordId: outcome.id, mutationId: mutation } as const;
  if (!("version" in outcome)) return { ...common, action: "deleted", ...(base === undefined ? {} : { version: base + 1 }) };
  const record = { version: outcome.version, patch: outcome, whole: true } as const;
  return "fields" in edit ? ({ ...common, ...record, action: "updated", fields: Object.keys(edit.fields) }) : ({ ...common, ...record, action: "created" });
}

/** Whether a record has all values of an edit: then it is what the edit made of it. */
function holds(record: Rec, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([name, value]) => JSON.stringify(record[name]) === JSON.stringify(value));
}
