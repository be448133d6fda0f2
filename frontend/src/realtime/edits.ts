/** Changing records: shown at once, sent in order, kept while the server is out of reach, taken back when it refuses. */
import { backoff } from "./backoff";
import type { Unconfirmed } from "./connection";
import { confirmed, entryOf, follow, rebased, request, type Deleted, type Edit, type Entry, type Late, type Waiting } from "./entry";
import { Conflict, goneSince, RequestFailed, unreachable, unsent, type Unsent } from "./errors";
import { readJson, type Send } from "./fetching";
import { kept, LATE, restored, type Keep, type Kept } from "./keep";
import { NOTHING, type Overlay } from "./overlay";
import type { Store } from "./store";
import { arrivedAs } from "./trail";
import type { ChangeMessage, Rec } from "./types";

/** Most edits that wait for the server, and how long (milliseconds). */
export const QUEUE = { most: 50, longest: 600_000 } as const;
/** So long after an edit went without an answer it may still be under way. Milliseconds. */
const ECHO = 2_000;
/** How often an edit in nobody's way is made anew on the version it met. */
const REBASES = 3;
/** The server is out of reach, or cannot now: what waits for it may go well later. */
const AWAY = new Set([0, 429, 502, 503, 504]);
/** Of these: it says that nothing was written. */
const UNTOUCHED = new Set([429, 503]);

export interface EditsOptions {
  store: Store;
  send: Send;
  /** Whether the server is believed to be within reach. */
  isOffline: () => boolean;
  /** Told what became of each edit that had waited: whoever made it may be gone. */
  onLate?: ((late: Late) => void) | undefined;
  /** Where what waits outlives a reload. */
  keep?: Keep | undefined;
}

export class Edits {
  #entries: Entry[] = [];
  readonly #overlays = new Map<string, Overlay>();
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #changes = 0;
  #notBefore = 0;
  #wasAway = false;
  #held: readonly Entry[] = [];

  constructor(private readonly options: EditsOptions) {
    void options.keep?.load().then((all) => this.#restore(all));
  }

  /** Gives the record as it now stands, of a deletion its entry in quarantine. Throws RequestFailed, or a Conflict. */
  apply(edit: Edit): Promise<Rec | Deleted> {
    const mayWait = edit.wait !== false;
    const behind = this.#held.some(({ shown }) => mayWait || ("id" in edit && shown.id === edit.id));
    const away = this.#isAway() || behind;
    if (away && !mayWait) return Promise.reject(unreachable());
    if (this.#isFull()) return Promise.reject(unsent("queue-full"));
    const held = "create" in edit ? undefined : this.options.store.held(edit.resource, edit.id)?.version;
    return new Promise((done, failed) => {
      this.#entries.push({ ...entryOf(edit, held), waited: away, done, failed });
      this.#show(edit.resource);
      if (away) edit.onWait?.();
      this.#pump();
    });
  }

  /** Those that wait, the oldest first; the same array as long as nothing changes. */
  waiting = (): readonly Waiting[] => this.#held;

  /** Takes back an edit that waits. Of one that may have left it is looked up whether it was made; it is not sent again. */
  callOff(mutation: string): void {
    const entry = this.#entries.find((each) => each.mutation === mutation && each.waited);
    if (!entry) return;
    if (!entry.sending && !entry.unsure) return this.#giveUp(entry, "called-off");
    entry.calledOff = true;
    this.#show(entry.edit.resource);
  }

  /** The same object as long as nothing changes. */
  overlay = (resource: string): Overlay => this.#overlays.get(resource) ?? NOTHING;

  /** Another number whenever the unconfirmed edits change. */
  version = (): number => this.#changes;

  count(): Unconfirmed {
    return { pending: this.#entries.length, waiting: this.#held.length };
  }

  /** Calls back when the unconfirmed edits change. Returns how to stop. */
  watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  isPending(resource: string, id: string): boolean {
    return this.overlay(resource).some((shown) => shown.id === id);
  }

  /** The connection has changed: after a way back what waits goes out at once. */
  reconnected(): void {
    const wasAway = this.#wasAway;
    this.#wasAway = this.#isAway();
    if (this.#wasAway || !wasAway) return;
    this.#tries = 0;
    this.#notBefore = 0;
    this.#pump();
  }

  /** The stream tells of a change that one of ours made, of which no answer came. */
  echo(change: ChangeMessage): void {
    const entry = this.#entries.find(({ mutation, unsure, sending }) => unsure && !sending && mutation === change.mutationId);
    if (!entry || entry.edit.resource !== change.resource || change.recordId === undefined) return;
    this.#outcome(entry, change.recordId, change.version).then((outcome) => this.#accept(entry, outcome), () => this.#pump());
  }

  fetchRecord(resource: string, id: string): Promise<Rec> {
    return readJson<Rec>(this.options.send, `/api/admin/${resource}/${encodeURIComponent(id)}`);
  }

  /** Lets go of all that is not confirmed: another person's session shall not send it. */
  abandon(code: Unsent): void {
    clearTimeout(this.#timer);
    this.options.keep?.drop();
    for (const entry of [...this.#entries]) this.#giveUp(entry, code);
  }

  #restore(all: Kept[]): void {
    this.#entries.unshift(...all.map(restored));
    for (const { edit } of all) this.#show(edit.resource);
    this.#pump();
  }

  #isAway(): boolean {
    return this.options.isOffline() || navigator.onLine === false;
  }

  #isFull(): boolean {
    return this.#held.length >= QUEUE.most;
  }

  /** Sends all that nothing stands before: edits of one record one after another, after a wait all one after another. */
  #pump(): void {
    this.#expire();
    const now = Date.now();
    const pause = now < this.#notBefore || navigator.onLine === false;
    for (const [index, entry] of this.#entries.entries()) {
      const mayWait = entry.edit.wait !== false;
      const before = this.#entries.slice(0, index).some((other) => (other.waited && mayWait) || other.shown.id === entry.shown.id);
      if (!entry.sending && !before && !(pause && mayWait) && !(entry.unsure && now < entry.unsure + ECHO)) void this.#deliver(entry);
    }
    this.#again();
  }

  #again(): void {
    clearTimeout(this.#timer);
    if (!this.#entries.some(({ sending }) => !sending)) return;
    this.#timer = setTimeout(() => this.#pump(), Math.max(this.#notBefore - Date.now(), ECHO / 2));
  }

  #expire(): void {
    const oldest = Date.now() - QUEUE.longest;
    for (const entry of this.#entries.filter(({ sending, since }) => !sending && since < oldest)) this.#giveUp(entry, "waited-too-long");
  }

  async #deliver(entry: Entry): Promise<void> {
    entry.sending = true;
    this.#save(); // before it leaves: what a reload cuts off is looked up, not sent again
    const isDoubted = entry.unsure !== undefined;
    try {
      const arrived = await this.#arrived(entry);
      if (!arrived && entry.calledOff) this.#fail(entry, unsent("called-off"));
      else if (!arrived && isDoubted && entry.edit.wait === false) this.#fail(entry, unreachable());
      else this.#accept(entry, arrived ?? (await this.#sent(entry, isDoubted)));
      this.#tries = 0;
    } catch (error) {
      entry.sending = false;
      if (!this.#entries.includes(entry)) return;
      const isAway = error instanceof RequestFailed && AWAY.has(error.status);
      if (isAway && (entry.edit.wait !== false || !isDoubted)) this.#hold(entry, error);
      else if (entry.unsure && !(error instanceof RequestFailed && error.code === "gone-since")) this.#giveUp(entry, "unsure");
      else this.#refuse(entry, error);
    }
    this.#pump();
  }

  /** Nothing is made twice: before an edit without an answer is sent again, the audit trail tells whether it arrived. */
  async #arrived(entry: Entry): Promise<Rec | Deleted | undefined> {
    if (!entry.unsure) return undefined;
    const line = await arrivedAs(this.options.send, entry);
    if (line) return this.#outcome(entry, line.recordId, line.version);
    if (entry.doubted && Date.now() < entry.doubted) throw unreachable((entry.doubted - Date.now()) / 1_000); // it may still be under way
    entry.unsure = undefined;
    return undefined;
  }

  /** What is refused when it is sent `again` may be in its own way: the first request came late. */
  async #sent(entry: Entry, again: boolean): Promise<Rec | Deleted> {
    if ("create" in entry.edit) entry.doubted = Date.now() + LATE; // no version tells that it is there
    try {
      return await request(this.options.send, entry);
    } catch (error) {
      if (!again || !(error instanceof RequestFailed) || AWAY.has(error.status)) throw error;
      entry.unsure = Date.now();
      return (await this.#arrived(entry)) ?? Promise.reject(error);
    }
  }

  /** The record that an edit of ours was made on, as it now stands. */
  async #outcome(entry: Entry, id: string, made: number | undefined): Promise<Rec | Deleted> {
    const { edit } = entry;
    entry.made = made;
    if ("delete" in edit) return { id, quarantineId: undefined };
    try {
      return await this.fetchRecord(edit.resource, id);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 404) throw goneSince();
      throw error;
    }
  }

  #hold(entry: Entry, error: RequestFailed): void {
    if (!UNTOUCHED.has(error.status)) entry.unsure = Date.now();
    if (entry.edit.wait === false) return entry.unsure ? undefined : this.#refuse(entry, error); // in doubt the trail is asked, once
    if (this.#isFull() && !entry.waited) return this.#giveUp(entry, "queue-full");
    const isFirst = !entry.waited;
    entry.waited = true;
    this.#tries += 1;
    this.#notBefore = Date.now() + Math.max(backoff(this.#tries, 1_000), (error.retryAfter ?? 0) * 1_000);
    this.#show(entry.edit.resource);
    if (isFirst) entry.edit.onWait?.();
  }

  #accept(entry: Entry, outcome: Rec | Deleted): void {
    if (!this.#entries.includes(entry)) return;
    this.options.store.confirm(confirmed(entry, outcome), entry.unsure !== undefined);
    for (const next of this.#entries) if (next !== entry) follow(next, entry, outcome);
    this.#settle(entry, { outcome });
  }

  #refuse(entry: Entry, error: unknown): void {
    if (error instanceof Conflict) return this.#clash(entry, error);
    this.#fail(entry, error);
    if (error instanceof RequestFailed && error.status === 404) this.options.store.refresh([entry.edit.resource]);
  }

  #clash(entry: Entry, conflict: Conflict): void {
    const { theirs, fields } = conflict;
    const { edit } = entry;
    if (theirs) this.options.store.put(edit.resource, theirs);
    const wanted = "fields" in edit ? edit.fields : undefined;
    const base = theirs && wanted && entry.rebases < REBASES ? rebased(entry, theirs, fields) : undefined;
    if (base !== undefined) return void Object.assign(entry, { base, rebases: entry.rebases + Number(fields.length === 0) });
    conflict.yours = wanted;
    this.#settle(entry, { error: conflict });
  }

  /** What may have arrived is not called unsent. */
  #giveUp(entry: Entry, code: Unsent): void {
    this.#fail(entry, unsent(entry.unsure || entry.sending ? "unsure" : code));
  }

  /** With a creation goes what was to be made of the record. */
  #fail(entry: Entry, error: unknown): void {
    const behind = "create" in entry.edit ? this.#entries.filter((other) => other !== entry && other.shown.id === entry.shown.id) : [];
    for (const each of [...behind, entry]) this.#settle(each, { error });
  }

  #settle(entry: Entry, end: { outcome: Rec | Deleted } | { error: unknown }): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#show(entry.edit.resource);
    if ("error" in end) entry.failed(end.error);
    else entry.done(end.outcome);
    const { mutation, edit, since, calledOff } = entry;
    if (entry.waited) this.options.onLate?.({ mutation, edit, since, calledOff, ...end });
  }

  #show(resource: string): void {
    const shown = this.#entries.flatMap((entry) => (entry.edit.resource === resource && !entry.calledOff ? [entry.shown] : []));
    if (shown.length > 0) this.#overlays.set(resource, shown);
    else this.#overlays.delete(resource);
    this.#changes += 1;
    this.#held = this.#entries.filter(({ waited }) => waited);
    guard(this.#held.length > 0);
    this.#save();
    for (const listener of this.#listeners) listener();
  }

  #save(): void {
    this.options.keep?.save(this.#held.map(kept));
  }
}

/** What waits is in this tab only, and ends with it: the browser asks before it is left. */
function guard(on: boolean): void {
  globalThis[on ? "addEventListener" : "removeEventListener"]("beforeunload", ask); // asked for twice, it is there once
}

function ask(event: Event): void {
  event.preventDefault();
}
