/** Keeps every cached answer true to the stream: patches records, refetches lists at most once per 250 ms. */
import type { Query, QueryClient } from "@tanstack/query-core";
import { reorders, reshapes, view, type View } from "./endpoint";
import { isPassing } from "./errors";
import { exchange, find, isList, lay } from "./patch";
import { compare, later } from "./position";
import type { Answer, ChangeMessage, Delivery, Position, Rec } from "./types";

export const KEY = "digisence";
/** At most one refetch of an answer in this time. Milliseconds. */
export const PAUSE = 250;
/** How long a change is kept, to be laid over an answer that set out before it. */
const MEMORY = 30_000;
/** More misfits than this at once are cheaper as one refetch of the list. */
const FEW = 5;

const UNFINISHED = new Set(["queued", "running"]);

interface Kept {
  change: ChangeMessage;
  position: Position | undefined;
  at: number;
}

export interface StoreOptions {
  client: QueryClient;
  /** Fetches one record of a resource. */
  fetchRecord: (resource: string, id: string) => Promise<Rec>;
}

export class Store {
  private kept: Kept[] = [];
  private views = new Map<string, View>();
  private due = new Map<string, ReturnType<typeof setTimeout>>();
  private started = new Map<string, number>();
  private misfits = new Map<string, Set<string>>();
  /** The stream has told everything since here; an older answer may lack something. */
  private floor: Position | undefined;
  /** The newest position that came by stream. */
  head: Position | undefined;
  /** Fields shown before the server has confirmed them, by record id. */
  readonly pending = new Map<string, Record<string, unknown>>();

  constructor(private readonly options: StoreOptions) {}

  view(endpoint: string): View {
    const known = this.views.get(endpoint);
    if (known) return known;
    const made = view(endpoint);
    this.views.set(endpoint, made);
    return made;
  }

  receive({ message, position }: Delivery): void {
    this.head = later(position, this.head);
    if (message.type === "hello" && !this.floor) this.gaplessFrom(message.position);
    if (message.type === "lost") this.startOver(message.position);
    if (message.type === "change") this.take(message, position);
    if (message.type === "update" || (message.type === "integrity" && !UNFINISHED.has(String(message["state"])))) this.refresh(["integrity"]);
    if (message.type === "job") this.refresh(["jobs"]);
    if (message.type === "sync") this.refresh(["sync", "integrity"]);
  }

  /** Called with each answer before it enters the cache: lays over it what came while it travelled. */
  settle(endpoint: string, answer: Answer, headAtStart: Position | undefined): Answer {
    const seen = this.view(endpoint);
    const position = later(answer.position, headAtStart);
    let body = answer.body;
    for (const { change } of this.recent(seen.resource)) body = this.lay(endpoint, seen, body, change);
    for (const [id, fields] of this.pending) body = exchange(body, id, (record) => ({ ...record, ...fields }));
    if (this.outdated(seen, position)) this.schedule(endpoint);
    return { ...answer, body, position };
  }

  /** All that is on screen is fetched again; all else when it is next looked at. */
  refresh(resources?: readonly string[]): void {
    for (const query of this.queries()) {
      if (!resources || resources.includes(this.view(endpointOf(query)).resource)) this.stale(query);
    }
  }

  /** Fetches at once what waited for its turn, e.g. since the tab was hidden. */
  wake(): void {
    for (const query of this.queries()) if (query.isActive() && isDue(query)) this.schedule(endpointOf(query));
  }

  close(): void {
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
  }

  private gaplessFrom(position: Position): void {
    this.floor = position;
    for (const query of this.queries()) {
      const answer = query.state.data as Answer | undefined;
      if (failedForNow(query) || (answer && compare(answer.position, position) < 0)) this.stale(query);
    }
  }

  private startOver(position: Position): void {
    this.head = position;
    this.floor = position;
    this.kept = [];
    this.refresh();
  }

  private outdated(seen: View, position: Position | undefined): boolean {
    if (this.floor && compare(position, this.floor) < 0) return true;
    return this.recent(seen.resource).some(
      (kept) => compare(kept.position, position) > 0 && (reshapes(kept.change) || reorders(seen, kept.change)),
    );
  }

  private recent(resource: string): Kept[] {
    const oldest = Date.now() - MEMORY;
    if (this.kept[0] && this.kept[0].at < oldest) this.kept = this.kept.filter((kept) => kept.at >= oldest);
    return this.kept.filter((kept) => kept.change.resource === resource);
  }

  private take(change: ChangeMessage, position: Position | undefined): void {
    this.kept.push({ change, position, at: Date.now() });
    if (["quarantined", "restored", "deleted", "purged"].includes(change.action)) this.refresh(["quarantine"]);
    for (const query of this.queries()) {
      const endpoint = endpointOf(query);
      const seen = this.view(endpoint);
      if (seen.resource === change.resource) this.bring(query, endpoint, seen, change);
    }
  }

  private bring(query: Query, endpoint: string, seen: View, change: ChangeMessage): void {
    const answer = query.state.data as Answer | undefined;
    if (!answer) return;
    if (seen.recordId !== undefined && seen.recordId !== change.recordId && change.action !== "many") return;
    const reshaped = reshapes(change) || (isList(answer.body) && reorders(seen, change));
    const body = this.lay(endpoint, seen, answer.body, change);
    if (body !== answer.body) this.options.client.setQueryData<Answer>(query.queryKey, { ...answer, body });
    if (reshaped) this.stale(query);
  }

  private lay(endpoint: string, seen: View, body: unknown, change: ChangeMessage): unknown {
    if (change.action !== "updated" || change.recordId === undefined) return body;
    return exchange(body, change.recordId, (record) => {
      const laid = lay(record, change);
      if (laid.fit === "misfit") this.fetchAlone(endpoint, seen.resource, record.id);
      return laid.record;
    });
  }

  /** Misfits of one turn are gathered: few are fetched one by one, many as one refetch. */
  private fetchAlone(endpoint: string, resource: string, id: string): void {
    const waiting = this.misfits.get(endpoint);
    if (waiting) return void waiting.add(id);
    this.misfits.set(endpoint, new Set([id]));
    setTimeout(() => {
      const ids = this.misfits.get(endpoint) ?? new Set();
      this.misfits.delete(endpoint);
      if (ids.size > FEW) this.schedule(endpoint);
      else for (const each of ids) void this.replace(endpoint, resource, each);
    }, PAUSE / 5);
  }

  private async replace(endpoint: string, resource: string, id: string): Promise<void> {
    try {
      this.put(resource, await this.options.fetchRecord(resource, id));
    } catch {
      this.schedule(endpoint); // gone or out of reach: the list's own fetch tells which
    }
  }

  /** Puts a record, as the server gave it, into every answer that holds an older version of it. */
  put(resource: string, fresh: Rec): void {
    this.overwrite(resource, fresh.id, (held) => (held.version > fresh.version ? held : fresh));
  }

  /** Exchanges one record in every answer that holds it. */
  overwrite(resource: string, id: string, change: (record: Rec) => Rec): void {
    for (const { query, answer } of this.answers(resource)) {
      const body = exchange(answer.body, id, change);
      if (body !== answer.body) this.options.client.setQueryData<Answer>(query.queryKey, { ...answer, body });
    }
  }

  /** The versions of a record that answers hold at present. */
  held(resource: string, id: string): Rec[] {
    return this.answers(resource).flatMap(({ answer }) => find(answer.body, id) ?? []);
  }

  /** The stream is back: what failed meanwhile, or waited, is fetched now. */
  recover(): void {
    this.wake();
  }

  private answers(resource: string): { query: Query; answer: Answer }[] {
    return this.queries().flatMap((query) => {
      const answer = query.state.data as Answer | undefined;
      return answer && this.view(endpointOf(query)).resource === resource ? [{ query, answer }] : [];
    });
  }

  private stale(query: Query): void {
    query.invalidate();
    if (query.isActive()) this.schedule(endpointOf(query));
  }

  private schedule(endpoint: string): void {
    if (this.due.has(endpoint)) return;
    const wait = Math.max(0, (this.started.get(endpoint) ?? 0) + PAUSE - Date.now());
    this.due.set(endpoint, setTimeout(() => this.fetchNow(endpoint), wait));
  }

  private fetchNow(endpoint: string): void {
    this.due.delete(endpoint);
    const query = this.options.client.getQueryCache().find({ queryKey: [KEY, endpoint] });
    if (!query?.isActive()) return;
    if (document.visibilityState === "hidden") return void query.invalidate();
    this.started.set(endpoint, Date.now());
    if (query.state.fetchStatus === "fetching") return this.schedule(endpoint);
    void this.options.client.refetchQueries({ queryKey: [KEY, endpoint], exact: true });
  }

  private queries(): Query[] {
    return this.options.client.getQueryCache().findAll({ queryKey: [KEY] });
  }
}

function failedForNow(query: Query): boolean {
  return query.state.status === "error" && isPassing(query.state.error);
}

/** Whether asking again may bring something else: never for what was refused for good. */
export function isDue(query: Query): boolean {
  return query.state.status === "error" ? isPassing(query.state.error) : query.state.isInvalidated;
}

function endpointOf(query: Query): string {
  return String(query.queryKey[1]);
}
