/** Keeps every cached answer true to the stream: lays changes over it, fetches it again at most once per 250 ms. */
import type { Query, QueryClient } from "@tanstack/query-core";
import { Answers, endpointOf, KEY, type Held } from "./answers";
import { isCurrent, isDeparture, reshapes, type View } from "./endpoint";
import { isPassing } from "./errors";
import type { Reply } from "./fetching";
import { Marks } from "./marks";
import { Memory } from "./memory";
import { Misfits } from "./misfits";
import { newer, Newest } from "./newest";
import { Pace } from "./pace";
import { bringUp, byResource, find, isList, layAll, recordsIn, share, whole, type Told } from "./patch";
import { compare, later } from "./position";
import type { Answer, ChangeMessage, Delivery, ListBody, Position, Rec } from "./types";

/** The first change shows at once; what follows within this time is laid in one go. Milliseconds. */
const TURN = 40;

const UNFINISHED = new Set(["queued", "running"]);

export interface StoreOptions {
  client: QueryClient;
  /** Fetches one record of a resource. */
  fetchRecord: (resource: string, id: string) => Promise<Rec>;
  isLive: () => boolean;
}

/** What a fetch brings into the cache; `settle` makes an Answer of it in the moment it enters. */
export interface Arrived extends Reply {
  asked: Asked;
}

/** How things stood when a fetch set out. */
export interface Asked {
  at: number;
  head: Position | undefined;
  marks: number;
  era: number;
}

export class Store {
  readonly #memory = new Memory();
  readonly #newest = new Newest();
  readonly #marks = new Marks();
  readonly #answers: Answers;
  readonly #pace = new Pace((endpoint) => this.#fetchNow(endpoint));
  readonly #misfits: Misfits;
  #waiting: Told[] = [];
  #turn: ReturnType<typeof setTimeout> | undefined;
  #era = 0;
  /** The newest position that came by stream. */
  head: Position | undefined;

  constructor(private readonly options: StoreOptions) {
    const { fetchRecord } = options;
    this.#answers = new Answers(options.client);
    const refetch = (resource: string, ids: readonly string[]) => this.#markHolders(resource, ids);
    this.#misfits = new Misfits({ fetchRecord, refetch, held: (...of) => this.held(...of), put: (...of) => this.put(...of) });
    options.client.getQueryCache().subscribe(({ type, query }) => type === "removed" && this.#forget(endpointOf(query)));
  }

  view(endpoint: string): View {
    return this.#answers.view(endpoint);
  }

  /** What is here of an endpoint, if one may build on it: not on the answer of a feed that is no more. */
  basis(endpoint: string): Answer | undefined {
    const answer = this.#answers.at(endpoint);
    return answer && (answer.era === this.#era || compare(answer.position, this.head) <= 0) ? answer : undefined;
  }

  asking(): Asked {
    return { at: Date.now(), head: this.head, marks: this.#marks.count, era: this.#era };
  }

  /** Whether the feed is still the one it was: what was asked of another is asked again. */
  isPresent(asked: Asked): boolean {
    return asked.era === this.#era;
  }

  receive({ message, position }: Delivery): void {
    this.head = later(position, this.head);
    if (message.type === "hello") this.#greet(message.position);
    if (message.type === "lost") this.#startOver(message.position);
    if (message.type === "change") this.#take(message, position);
    if (message.type === "update" || (message.type === "integrity" && !UNFINISHED.has(String(message["state"])))) this.refresh(["integrity"]);
    if (message.type === "job") this.refresh(["jobs"]);
    if (message.type === "sync") this.refresh(["sync", "integrity"]);
  }

  /**
   * Makes the answer to be shown of what a fetch brought and what is here: lays over it what came while it travelled,
   * keeps the very objects of what is as before. Older than what can be laid over it, or of a feed that is no more: what
   * is here stays.
   */
  settle(endpoint: string, arrived: Arrived, here: Answer | undefined): Answer {
    const seen = this.view(endpoint);
    const { asked, etag, truncated = false } = arrived;
    const position = later(arrived.position, asked.head);
    this.#marks.answered(endpoint, asked.marks);
    if (this.#memory.isBefore(position)) this.#mark(endpoint);
    const isBehind = here?.era === this.#era && this.#marks.has(endpoint) && compare(position, here.position) < 0;
    if (here && (isBehind || !this.isPresent(asked))) return here;
    const known = this.#memory.since(seen.resource, position, asked.at);
    const laid = this.#lay(seen, bodyOf(seen, arrived, here), known, recordsIn);
    if (laid.moved || known.some((change) => this.#reshapes(seen, change, truncated))) this.#mark(endpoint);
    const body = here ? share(here.body, laid.body, here.era === asked.era) : laid.body;
    if (this.isPresent(asked)) this.#spread(endpoint, body, here?.body);
    return { body, position, etag: etag ?? here?.etag, truncated, at: asked.at, era: asked.era };
  }

  /** All that is on screen is fetched again; all else when it is next looked at. */
  refresh(resources?: readonly string[]): void {
    for (const query of this.#answers.queries()) {
      if (!resources || resources.includes(this.view(endpointOf(query)).resource)) this.#mark(endpointOf(query));
    }
  }

  /** Fetches at once what waited for its turn, e.g. since the tab was hidden or the stream was down. */
  wake(): void {
    for (const query of this.#answers.queries()) if (query.isActive() && this.isDue(query)) this.#pace.schedule(endpointOf(query));
  }

  isOutdated(endpoint: string): boolean {
    return this.#marks.has(endpoint);
  }

  /** Whether asking again may bring something else. */
  isDue(query: Query): boolean {
    return this.#marks.has(endpointOf(query)) || (query.state.status === "error" && isPassing(query.state.error));
  }

  /** Refused for good: worth asking again only once something new is told. */
  refused(endpoint: string, asked: Asked): void {
    this.#marks.answered(endpoint, asked.marks);
  }

  /**
   * What one did oneself, as the server confirmed it: shown wherever it belongs, and not undone by an older answer. A record
   * that came or went may have gone or come since: that is the stream's to tell, so without one (or `late`) it is looked at.
   */
  confirm(change: Told, late = false): void {
    const harmless = change.action === "updated"; // versions tell what is newer
    if (!harmless && this.#memory.hasEcho(change.mutationId)) return;
    const isTold = this.options.isLive() && !late;
    if (harmless || isTold) this.#memory.keep(change, undefined);
    if (change.whole) this.#newest.learn(change.resource, change.patch, undefined);
    this.#apply([change]);
    if (!harmless && !isTold) this.#distrust(change.resource);
  }

  /** Puts a record, as the server gave it, into every answer that holds an older version of it. */
  put(resource: string, fresh: Rec): void {
    this.confirm(whole(resource, fresh));
  }

  /** The newest version of a record that any answer holds. */
  held(resource: string, id: string): Rec | undefined {
    return this.#answers.newest(resource, id);
  }

  close(): void {
    this.#pace.close();
    this.#misfits.close();
    clearTimeout(this.#turn);
    this.#turn = undefined;
    this.#waiting = [];
  }

  /** The stream tells everything from a first `hello` on; an answer from before it may lack something. */
  #greet(position: Position): void {
    this.head = later(position, this.head);
    if (this.#memory.floor) return;
    this.#memory.floor = position;
    for (const query of this.#answers.queries()) {
      const answer = query.state.data as Answer | undefined;
      if (this.isDue(query) || (answer && compare(answer.position, position) < 0)) this.#mark(endpointOf(query));
    }
  }

  /** After a gap; a feed that went back is another one, of which no position and no version here is known. */
  #startOver(position: Position): void {
    this.#era += 1;
    this.head = position;
    this.#memory.clear(position);
    this.#newest.clear();
    this.#waiting = [];
    this.refresh();
  }

  #take(change: ChangeMessage, position: Position | undefined): void {
    this.#memory.keep(change, position);
    if (isDeparture(change) || change.action === "restored") this.refresh(["quarantine"]);
    this.#waiting.push(change);
    if (this.#turn === undefined) this.#takeTurn();
  }

  #takeTurn(): void {
    this.#turn = undefined;
    if (this.#waiting.length === 0) return;
    const changes = this.#waiting;
    this.#waiting = [];
    this.#turn = setTimeout(() => this.#takeTurn(), TURN);
    this.#apply(changes);
  }

  #apply(changes: readonly Told[]): void {
    for (const [resource, some] of byResource(changes)) {
      for (const held of this.#answers.of(resource)) this.#bring(held, some);
      this.#revive(resource, some);
    }
  }

  #bring(held: Held, changes: readonly Told[]): void {
    const { endpoint, seen, answer } = held;
    const { recordId } = seen;
    const concerned = recordId === undefined ? changes : changes.filter((change) => change.action === "many" || change.recordId === recordId);
    if (concerned.length === 0) return;
    const touched = (body: unknown) => concerned.flatMap((change) => find(body, change.recordId ?? "") ?? []);
    const { body, moved } = this.#lay(seen, answer.body, concerned, touched);
    if (body !== answer.body) this.#answers.set(held, { body });
    if (moved || concerned.some((change) => this.#reshapes(seen, change, answer.truncated ?? false))) this.#mark(endpoint);
  }

  /** Lays changes over a body, and of what it holds then the newest that is known; `which`: the records that may be older. */
  #lay(seen: View, body: unknown, changes: readonly Told[], which: (body: unknown) => readonly Rec[]): { body: unknown; moved: boolean } {
    if (!isCurrent(seen)) return { body, moved: false };
    const told = layAll(seen, body, changes);
    const raised = layAll(seen, told.body, this.#newest.over(seen.resource, which(told.body)));
    const laid = raised.body === told.body ? told : layAll(seen, raised.body, changes); // what did not fit before may now
    this.#misfits.add(seen.resource, laid.misfits);
    return { body: laid.body, moved: told.moved || raised.moved || laid.moved };
  }

  /** What an answer tells of a record is true wherever else it is shown. */
  #spread(endpoint: string, body: unknown, before: unknown): void {
    const seen = this.view(endpoint);
    if (!isCurrent(seen)) return;
    const fresh = this.#newest.learn(seen.resource, body, before);
    if (fresh.size === 0) return;
    for (const held of this.#answers.holders(seen.resource)) {
      if (held.endpoint !== endpoint) this.#bring(held, newer(seen.resource, recordsIn(held.answer.body), (id) => fresh.get(id)));
    }
  }

  /** What was refused, or is being refused now, as a record that had gone, may be there again. */
  #revive(resource: string, changes: readonly Told[]): void {
    for (const query of this.#answers.queries()) {
      const seen = this.view(endpointOf(query));
      if (query.state.data !== undefined || seen.resource !== resource) continue;
      if (changes.some((change) => this.#reshapes(seen, change, false))) this.#mark(endpointOf(query));
    }
  }

  #reshapes(seen: View, change: Told, truncated: boolean): boolean {
    return reshapes(seen, change) || (truncated && change.action !== "updated");
  }

  /** What is here may have been true before it was changed: no answer builds on it. */
  #distrust(resource: string): void {
    for (const held of this.#answers.of(resource)) {
      this.#answers.set(held, { position: undefined, etag: undefined });
      this.#mark(held.endpoint);
    }
  }

  #markHolders(resource: string, ids: readonly string[]): void {
    for (const { endpoint, answer } of this.#answers.holders(resource)) {
      if (ids.some((id) => find(answer.body, id))) this.#mark(endpoint);
    }
  }

  #mark(endpoint: string): void {
    if (this.view(endpoint).past) return;
    this.#marks.set(endpoint);
    if (this.#answers.query(endpoint)?.isActive()) this.#pace.schedule(endpoint);
  }

  #fetchNow(endpoint: string): Promise<void> | false | undefined {
    const query = this.#answers.query(endpoint);
    if (!query?.isActive() || !this.isDue(query) || document.visibilityState === "hidden") return undefined;
    if (query.state.fetchStatus === "fetching") return false;
    return this.options.client.refetchQueries({ queryKey: [KEY, endpoint], exact: true });
  }

  #forget(endpoint: string): void {
    this.#answers.forget(endpoint);
    this.#pace.forget(endpoint);
    this.#marks.forget(endpoint);
  }
}

/** The body that a fetch means: its own, or what is here, brought up to its position. */
function bodyOf(seen: View, { body, delta, held }: Arrived, here: Answer | undefined): unknown {
  if (body !== undefined) return body;
  const base = (here ?? held)?.body;
  return delta && isList(base) ? bringUp(seen, base as ListBody, delta) : base;
}
