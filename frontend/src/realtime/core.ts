/** The live transport without React: one stream for all tabs, a cache that follows it, polling while it is down. */
import { QueryCache, QueryClient, QueryObserver, type QueryObserverOptions, type QueryObserverResult } from "@tanstack/query-core";
import { backoff } from "./backoff";
import type { Connection } from "./connection";
import { Edits, type Edit } from "./edits";
import { explain, isPassing, RequestFailed } from "./errors";
import { call, load, type Fetch } from "./fetching";
import { Link } from "./link";
import { isList } from "./patch";
import { isDue, KEY, Store } from "./store";
import { Timeline } from "./timeline";
import { DEFAULTS, type Answer, type Counts, type Delivery, type Message, type Meta, type RealtimeOptions, type Rec } from "./types";

export { RequestFailed, explain } from "./errors";
export type { Edit } from "./edits";
export * from "./connection";
export { MOST_EVENTS, type Timeline, type TimelineEvent, type TimelineKind } from "./timeline";
export * from "./types";

export interface Setup {
  /** Sends a request; may add tokens and refresh them. Default: same-origin fetch with cookies. */
  fetch?: Fetch;
  /** Called once when the server no longer knows us. */
  onSignedOut?: () => void;
  options?: Partial<RealtimeOptions>;
}

export interface Snapshot<T> {
  data: T | undefined;
  loading: boolean;
  error: string | null;
  lastUpdated: Date | null;
  isStale: boolean;
  meta: Meta;
}

type Options = Partial<RealtimeOptions>;
type Listen = (message: Message) => void;

export class Realtime {
  readonly client: QueryClient;
  readonly store: Store;
  /** What happened to the connection lately. */
  readonly timeline = new Timeline();
  private readonly edits: Edits;
  private readonly link: Link;
  private readonly defaults: RealtimeOptions;
  private readonly ears = new Set<Listen>();
  private latestCounts: Counts | undefined;

  constructor(private readonly base: string, private readonly setup: Setup = {}) {
    this.defaults = { ...DEFAULTS, ...setup.options };
    this.client = new QueryClient({ queryCache: new QueryCache({ onError: (_error, query) => query.setState({ data: undefined }) }) });
    this.store = new Store({ client: this.client, fetchRecord: (resource, id) => this.edits.fetchRecord(resource, id) });
    this.edits = new Edits(this.store, this.send);
    this.link = new Link({
      base,
      options: this.defaults,
      timeline: this.timeline,
      send: this.send,
      onDelivery: (delivery) => this.deliver(delivery),
      onLive: () => this.store.recover(),
      onWake: () => this.store.wake(),
      onSignedOut: () => setup.onSignedOut?.(),
    });
  }

  /** Opens the stream; a second call does nothing. */
  connect(): void {
    this.link.open();
  }

  /** Ends everything this tab holds; with `everywhere`, other tabs are told that the session is over. */
  close(everywhere = false): void {
    this.link.close(everywhere);
    this.store.close();
    this.client.clear();
  }

  /** Cuts the stream as a failing network would, in whichever tab holds it; then the usual recovery runs. */
  dropConnection = (): void => this.link.drop();

  /** While on, no request leaves this tab and it holds no stream. */
  pretendOffline = (on: boolean): void => this.link.pretend(on);

  status = (): Connection => this.link.status();

  counts = (): Counts | undefined => this.latestCounts;

  /** Calls back when the connection or the counts change. Returns how to stop. */
  onStatus = (listener: () => void): (() => void) => this.link.watch(listener);

  /** Calls back with every message of the stream. Returns how to stop. */
  onMessage = (listener: Listen): (() => void) => {
    this.ears.add(listener);
    return () => void this.ears.delete(listener);
  };

  /** TanStack Query's options for one endpoint; the React hook and `subscribe` both stand on them. */
  queryOptions(endpoint: string, options: Options = {}): QueryObserverOptions<Answer, Error> & { queryKey: string[] } {
    const wanted = { ...this.defaults, ...options };
    return {
      queryKey: [KEY, endpoint],
      queryFn: ({ signal }) => this.fetchAnswer(endpoint, signal),
      retry: (failures, error) => failures < wanted.retryAttempts && isPassing(error),
      retryDelay: (attempt) => backoff(attempt, wanted.retryDelay),
      staleTime: () => (this.isLive(wanted) ? Infinity : wanted.cacheTime),
      networkMode: "always",
      refetchOnWindowFocus: true,
      placeholderData: (previous, query) => (query && samePath(String(query.queryKey[1]), endpoint) ? previous : undefined),
    };
  }

  /** One answer now, from the cache when it is fresh. */
  async query<T>(endpoint: string, options?: Options): Promise<T> {
    const { placeholderData: _unused, ...rest } = this.queryOptions(endpoint, options);
    const answer = await this.client.fetchQuery(rest as Parameters<QueryClient["fetchQuery"]>[0]);
    return content<T>(answer as Answer) as T;
  }

  /** Follows an endpoint without React. Returns how to stop. */
  subscribe<T>(endpoint: string, listener: (snapshot: Snapshot<T>) => void, options: Options = {}): () => void {
    this.connect();
    const observer = new QueryObserver<Answer, Error>(this.client, this.queryOptions(endpoint, options));
    const tell = () => listener(this.snapshot<T>(observer.getCurrentResult(), options));
    const stops = [observer.subscribe(tell), this.onStatus(tell), this.poll(endpoint, options)];
    tell();
    return () => stops.forEach((stop) => stop());
  }

  /** Looks every `pollingInterval` whether the answer should be fetched: stream down, data stale, tab visible. */
  poll(endpoint: string, options: Options = {}): () => void {
    const wanted = { ...this.defaults, ...options };
    const timer = setInterval(() => {
      const query = this.client.getQueryCache().find({ queryKey: [KEY, endpoint] });
      if (!query || this.isLive(wanted) || document.visibilityState === "hidden") return;
      const idle = query.state.fetchStatus === "idle";
      const old = Math.max(query.state.dataUpdatedAt, query.state.errorUpdatedAt) + wanted.cacheTime <= Date.now();
      if (idle && (old || isDue(query))) void this.refresh(endpoint);
    }, wanted.pollingInterval);
    return () => clearInterval(timer);
  }

  refresh = async (endpoint: string): Promise<void> => {
    await this.client.refetchQueries({ queryKey: [KEY, endpoint], exact: true });
  };

  clearCache = async (endpoint: string): Promise<void> => {
    await this.client.resetQueries({ queryKey: [KEY, endpoint], exact: true });
  };

  snapshot<T>(result: QueryObserverResult<Answer, Error>, options: Options = {}): Snapshot<T> {
    const wanted = { ...this.defaults, ...options };
    const answer = result.data;
    const age = Date.now() - result.dataUpdatedAt;
    return {
      data: content<T>(answer),
      loading: result.isPending || result.isPlaceholderData,
      error: result.isError ? explain(result.error) : null,
      lastUpdated: result.dataUpdatedAt ? new Date(result.dataUpdatedAt) : null,
      isStale: !answer || result.isError || (!this.isLive(wanted) && age > wanted.cacheTime),
      meta: metaOf(answer),
    };
  }

  /** Changes a record: shown at once, taken back when the server refuses. Gives the record as it now stands. */
  mutate = (edit: Edit): Promise<Rec> => this.edits.apply(edit);

  /** A request of any kind; throws RequestFailed. */
  send = (path: string, init?: RequestInit): Promise<Response> => call(this.fetch, path, init);

  private readonly fetch: Fetch = async (path, init) => {
    this.link.mayAsk();
    return this.setup.fetch ? this.setup.fetch(path, init) : fetch(this.base + path, { credentials: "same-origin", ...init });
  };

  private isLive(options: RealtimeOptions): boolean {
    return options.enableSSE && this.status().state === "live";
  }

  private async fetchAnswer(endpoint: string, signal: AbortSignal): Promise<Answer> {
    const head = this.store.head;
    try {
      const answer = await load(this.fetch, endpoint, this.store.view(endpoint).whole, signal);
      this.link.reached();
      return this.store.settle(endpoint, answer, head);
    } catch (error) {
      if (error instanceof RequestFailed && error.status === 0) this.link.unreachable();
      throw error;
    }
  }

  private deliver(delivery: Delivery): void {
    const { message } = delivery;
    const counts = countsIn(message);
    if (counts) this.latestCounts = counts;
    this.store.receive(delivery);
    for (const ear of this.ears) ear(message);
    if (counts) this.link.announce();
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

function content<T>(answer: Answer | undefined): T | undefined {
  if (!answer) return undefined;
  return (isList(answer.body) ? answer.body.items : answer.body) as T;
}

function metaOf(answer: Answer | undefined): Meta {
  if (!answer || !isList(answer.body)) return {};
  const { page, limit, total } = answer.body;
  return { page, limit, total, truncated: answer.truncated ?? false };
}

function samePath(one: string, other: string): boolean {
  return one.split("?", 1)[0] === other.split("?", 1)[0];
}
