/** The live transport without React: one stream for all tabs, a cache that follows it, polling while it is down. */
import { QueryCache, QueryClient, QueryObserver, type Query, type QueryObserverOptions, type QueryObserverResult } from "@tanstack/query-core";
import { KEY } from "./answers";
import { backoff } from "./backoff";
import type { Connection, LinkState } from "./connection";
import { Edits } from "./edits";
import type { Creation, Deleted, Deletion, Edit, Late, Update } from "./entry";
import { explain, isPassing, RequestFailed } from "./errors";
import { call, load, type Fetch } from "./fetching";
import type { Keep } from "./keep";
import { Link } from "./link";
import { overlaid } from "./overlay";
import { requester } from "./request";
import { content, metaOf, type Snapshot } from "./snapshot";
import { Store, type Arrived } from "./store";
import { Timeline } from "./timeline";
import { DEFAULTS, type Answer, type Counts, type Delivery, type Message, type RealtimeOptions, type Rec } from "./types";

export { Conflict, RequestFailed, explain, type FieldError } from "./errors";
export { QUEUE } from "./edits";
export { keepInTab, type Keep } from "./keep";
export type { Creation, Deleted, Deletion, Edit, Late, Update, Waiting } from "./entry";
export type { Fetch } from "./fetching";
export type { Snapshot } from "./snapshot";
export * from "./connection";
export { MOST_EVENTS, type Timeline, type TimelineEvent, type TimelineKind } from "./timeline";
export * from "./types";

export interface Setup {
  /** Sends a request; may add tokens and refresh them. Default: with cookies, the CSRF header and one refresh. */
  fetch?: Fetch;
  /** Called once when the server no longer knows us. */
  onSignedOut?: () => void;
  /** Told what became of each edit that had waited for the server. */
  onLate?: (late: Late) => void;
  /** Where edits that wait outlive a reload: `keepInTab`. */
  keep?: Keep;
  options?: Partial<RealtimeOptions>;
}

type Options = Partial<RealtimeOptions>;
type Listen = (message: Message) => void;

export class Realtime {
  readonly client: QueryClient;
  readonly store: Store;
  /** What happened to the connection lately. */
  readonly timeline = new Timeline();
  readonly edits: Edits;
  readonly #link: Link;
  readonly #fetch: Fetch;
  /** Endpoints whose next fetch builds on nothing that is here. */
  readonly #anew = new Set<string>();
  readonly #defaults: RealtimeOptions;
  readonly #ears = new Set<Listen>();
  #latestCounts: Counts | undefined;
  #known: { link: LinkState; edits: number; status: Connection } | undefined;

  constructor(base: string, setup: Setup = {}) {
    this.#defaults = { ...DEFAULTS, ...setup.options };
    const ask = setup.fetch ?? requester(base);
    this.#fetch = async (path, init) => {
      this.#link.mayAsk();
      return ask(path, init);
    };
    this.client = new QueryClient({ queryCache: new QueryCache({ onError: (error, query) => this.#failed(error, query as Query) }) });
    this.client.mount(); // or what was being tried again when the tab was hidden would wait for ever
    const isIn = (state: Connection["state"]) => () => this.#link.status().state === state;
    this.store = new Store({ client: this.client, fetchRecord: (resource, id) => this.edits.fetchRecord(resource, id), isLive: isIn("live") });
    this.edits = new Edits({ store: this.store, send: this.send, isOffline: isIn("offline"), onLate: setup.onLate, keep: setup.keep });
    this.#link = new Link({
      base,
      options: this.#defaults,
      timeline: this.timeline,
      send: this.send,
      onDelivery: (delivery) => this.#deliver(delivery),
      onLive: () => this.store.wake(),
      onWake: () => this.store.wake(),
      onSignedOut: () => {
        this.edits.abandon("signed-out");
        setup.onSignedOut?.();
      },
    });
    this.#link.watch(() => this.edits.reconnected());
  }

  /** Opens the stream; a second call does nothing. */
  connect(): void {
    this.#link.open();
  }

  /** Ends everything this tab holds; with `everywhere`, other tabs are told that the session is over. */
  close(everywhere = false): void {
    this.#link.close(everywhere);
    this.edits.abandon(everywhere ? "signed-out" : "closed");
    this.store.close();
    this.client.clear();
    this.client.unmount();
  }

  /** Cuts the stream as a failing network would, in whichever tab holds it; then the usual recovery runs. */
  dropConnection = (): void => this.#link.drop();

  /** While on, no request leaves this tab and it holds no stream. */
  pretendOffline = (on: boolean): void => this.#link.pretend(on);

  /** The same object as long as nothing changes. */
  status = (): Connection => {
    const [link, edits] = [this.#link.status(), this.edits.version()];
    if (this.#known?.link !== link || this.#known.edits !== edits) this.#known = { link, edits, status: { ...link, ...this.edits.count() } };
    return this.#known.status;
  };

  counts = (): Counts | undefined => this.#latestCounts;

  /** Calls back when the connection, the unconfirmed edits or the counts change. Returns how to stop. */
  onStatus = (listener: () => void): (() => void) => {
    const stops = [this.#link.watch(listener), this.edits.watch(listener)];
    return () => stops.forEach((stop) => stop());
  };

  /** Calls back with every message of the stream. Returns how to stop. */
  onMessage = (listener: Listen): (() => void) => {
    this.#ears.add(listener);
    return () => void this.#ears.delete(listener);
  };

  /** TanStack Query's options for one endpoint; the React hook and `subscribe` both stand on them. */
  queryOptions(endpoint: string, options: Options = {}): QueryObserverOptions<Answer, Error> & { queryKey: string[] } {
    const wanted = { ...this.#defaults, ...options };
    return {
      queryKey: [KEY, endpoint],
      queryFn: () => this.#fetchAnswer(endpoint) as unknown as Promise<Answer>, // settled as it enters the cache
      structuralSharing: (here, next) => (isArrived(next) ? this.store.settle(endpoint, next, here as Answer | undefined) : next),
      retry: (failures, error) => failures < wanted.retryAttempts && isPassing(error),
      retryDelay: (attempt, error) => Math.max(backoff(attempt, wanted.retryDelay), retryAfter(error)),
      staleTime: () => (this.store.isOutdated(endpoint) ? 0 : this.#isLasting(endpoint, wanted) ? Infinity : wanted.cacheTime),
      networkMode: "always",
      refetchOnWindowFocus: false, // the link and `poll` know better when to look
      placeholderData: (previous, query) => (query && samePath(String(query.queryKey[1]), endpoint) ? previous : undefined),
    };
  }

  /** One answer now, from the cache when it is fresh. */
  async query<T>(endpoint: string, options?: Options): Promise<T> {
    const { placeholderData: _unused, ...rest } = this.queryOptions(endpoint, options);
    const answer = await this.client.fetchQuery(rest as Parameters<QueryClient["fetchQuery"]>[0]);
    return content<T>((answer as Answer).body) as T;
  }

  /** Follows an endpoint without React. Returns how to stop. */
  subscribe<T>(endpoint: string, listener: (snapshot: Snapshot<T>) => void, options: Options = {}): () => void {
    this.openFor(options);
    const observer = new QueryObserver<Answer, Error>(this.client, this.queryOptions(endpoint, options));
    const tell = () => listener(this.snapshot<T>(endpoint, observer.getCurrentResult(), options));
    const stops = [observer.subscribe(tell), this.onStatus(tell), this.poll(endpoint, options)];
    tell();
    return () => stops.forEach((stop) => stop());
  }

  /** Opens the stream when somebody first wants what it brings. */
  openFor(options: Options): void {
    const { enableSSE, enableWebSocket } = { ...this.#defaults, ...options };
    if (enableSSE || enableWebSocket) this.connect();
  }

  /** Looks every `pollingInterval`, and when the tab is looked at again, whether the answer should be fetched. */
  poll(endpoint: string, options: Options = {}): () => void {
    const wanted = { ...this.#defaults, ...options };
    const look = () => this.#isOld(endpoint, wanted) && void this.#fetchAgain(endpoint);
    const timer = setInterval(look, wanted.pollingInterval);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Loads the endpoint anew, whatever is here. */
  refresh = async (endpoint: string): Promise<void> => {
    this.#anew.add(endpoint);
    await this.#fetchAgain(endpoint);
  };

  clearCache = async (endpoint: string): Promise<void> => {
    await this.client.resetQueries({ queryKey: [KEY, endpoint], exact: true });
  };

  snapshot<T>(endpoint: string, result: QueryObserverResult<Answer, Error>, options: Options = {}): Snapshot<T> {
    const wanted = { ...this.#defaults, ...options };
    const seen = this.store.view(endpoint);
    const overlay = this.edits.overlay(seen.resource);
    const answer = result.data;
    const body = overlaid(seen, answer?.body, overlay);
    return {
      data: content<T>(body),
      loading: result.isPending || result.isPlaceholderData,
      error: result.isError ? explain(result.error) : null,
      lastUpdated: result.dataUpdatedAt ? new Date(result.dataUpdatedAt) : null,
      isStale: !answer || result.isError || (!this.#isLasting(endpoint, wanted) && Date.now() - answer.at > wanted.cacheTime),
      meta: { ...metaOf(body, answer?.truncated), pending: overlay.length },
    };
  }

  /** The connection as one endpoint has it: what does not follow the stream is never live. */
  connectionOf(options: Options): Connection {
    const { enableSSE, enableWebSocket } = { ...this.#defaults, ...options };
    const now = this.status();
    return enableSSE || enableWebSocket || now.state !== "live" ? now : { ...now, state: "polling" };
  }

  /** Changes, creates or deletes a record: shown at once, taken back when the server refuses. Gives the record as it now stands. */
  mutate(edit: Update | Creation): Promise<Rec>;
  mutate(edit: Deletion): Promise<Deleted>;
  mutate(edit: Edit): Promise<Rec | Deleted> {
    return this.edits.apply(edit);
  }

  /** A request of any kind; throws RequestFailed. */
  send = (path: string, init?: RequestInit): Promise<Response> => call(this.#fetch, path, init);

  #isLive(options: RealtimeOptions): boolean {
    return (options.enableSSE || options.enableWebSocket) && this.status().state === "live";
  }

  /** No answer grows old while the stream tells all that happens, and one of the past never does. */
  #isLasting(endpoint: string, options: RealtimeOptions): boolean {
    return this.store.view(endpoint).past || this.#isLive(options);
  }

  /** Stream down, answer stale, tab visible, and no fetch under way. */
  #isOld(endpoint: string, wanted: RealtimeOptions): boolean {
    const query = this.client.getQueryCache().find({ queryKey: [KEY, endpoint] });
    if (!query || query.state.fetchStatus !== "idle" || this.#isLive(wanted) || document.visibilityState === "hidden") return false;
    const looked = Math.max((query.state.data as Answer | undefined)?.at ?? 0, query.state.errorUpdatedAt);
    return (!this.#isLasting(endpoint, wanted) && looked + wanted.cacheTime <= Date.now()) || this.store.isDue(query);
  }

  async #fetchAgain(endpoint: string): Promise<void> {
    await this.client.refetchQueries({ queryKey: [KEY, endpoint], exact: true });
  }

  async #fetchAnswer(endpoint: string): Promise<Arrived> {
    const asked = this.store.asking();
    const held = this.#anew.has(endpoint) ? undefined : this.store.basis(endpoint);
    try {
      const reply = await load(this.#fetch, { endpoint, seen: this.store.view(endpoint), held });
      this.#anew.delete(endpoint);
      this.#link.reached();
      return this.store.isPresent(asked) ? { ...reply, asked } : await this.#fetchAnswer(endpoint);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 0) this.#link.unreachable();
      if (!isPassing(error)) this.store.refused(endpoint, asked);
      throw error;
    }
  }

  /** After the last try: what the server answers wrongly is cleared; while it is out of reach, what was last known stays, as stale. */
  #failed(error: unknown, query: Query): void {
    if (error instanceof RequestFailed && error.status === 0) return;
    query.setState({ data: undefined });
  }

  #deliver(delivery: Delivery): void {
    const { message } = delivery;
    const counts = countsIn(message);
    if (counts) this.#latestCounts = counts;
    this.store.receive(delivery);
    if (message.type === "change" && message.mutationId) this.edits.echo(message);
    for (const ear of this.#ears) ear(message);
    if (counts) this.#link.announce();
  }
}

export function createRealtime(baseUrl = "", setup: Setup = {}): Realtime {
  return new Realtime(baseUrl, setup);
}

/** The numbers a message tells; none in an `initial` that brings the records themselves. */
function countsIn(message: Message): Counts | undefined {
  if (message.type === "update") return message.data.counts;
  if (message.type !== "initial") return undefined;
  const numbers = Object.entries(message.data).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return numbers.length > 0 ? Object.fromEntries(numbers) : undefined;
}

function isArrived(value: unknown): value is Arrived {
  return typeof value === "object" && value !== null && "asked" in value;
}

function retryAfter(error: Error): number {
  return error instanceof RequestFailed ? (error.retryAfter ?? 0) * 1_000 : 0;
}

function samePath(one: string, other: string): boolean {
  return one.split("?", 1)[0] === other.split("?", 1)[0];
}
