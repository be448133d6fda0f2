/** The words the server and this client share: stream messages, options with their defaults, what a query answers. */

/** A Redis Stream id, `milliseconds-sequence`: the cursor of everything. */
export type Position = string;

export interface Rec {
  id: string;
  version: number;
  [field: string]: unknown;
}

export type Action = "created" | "updated" | "deleted" | "quarantined" | "restored" | "purged" | "many";

export interface ChangeMessage {
  type: "change";
  timestamp: string;
  resource: string;
  recordId?: string;
  action: Action;
  version?: number;
  baseVersion?: number;
  patch?: Record<string, unknown>;
  actor?: string;
  mutationId?: string;
  committedAt?: string;
  count?: number;
}

export type Counts = Record<string, number>;

export interface RecentChange {
  id: string;
  action: Action;
  name?: string;
  at: string;
}

export interface HelloMessage {
  type: "hello";
  timestamp: string;
  position: Position;
  heartbeatSeconds: number;
  /** How long to wait after a cut before coming back, another time for each client. */
  retryMs?: number;
}

export interface InitialMessage {
  type: "initial";
  timestamp: string;
  /** Records by resource, or with `initial=counts` their numbers. */
  data: Record<string, Rec[] | number>;
  part?: number;
  parts?: number;
}

export interface UpdateMessage {
  type: "update";
  timestamp: string;
  data: { counts: Counts; recentChanges: Record<string, RecentChange[]> };
}

export interface LostMessage {
  type: "lost";
  timestamp: string;
  position: Position;
}

export interface ByeMessage {
  type: "bye";
  timestamp: string;
  reason: string;
  retryMs?: number;
}

/** A run, a job or the service itself: the same object its GET gives. */
export interface NewsMessage {
  type: "integrity" | "job" | "sync";
  timestamp: string;
  [field: string]: unknown;
}

/** Who has a record before them now, and what they do with it. It has no place on the feed: nothing replays it. */
export interface PresenceMessage {
  type: "presence";
  timestamp: string;
  resource: string;
  recordId: string;
  people: { userId: string; state: string }[];
  at: string;
}

export type Message =
  | HelloMessage
  | InitialMessage
  | ChangeMessage
  | UpdateMessage
  | LostMessage
  | ByeMessage
  | NewsMessage
  | PresenceMessage;

/** A message as it travels inside the browser: with the position the stream gave it, if any. */
export interface Delivery {
  message: Message;
  position?: Position | undefined;
}

export interface RealtimeOptions {
  /** How often stale data is looked for while the stream is down. Milliseconds. */
  pollingInterval: number;
  /** Further tries after a failed request. */
  retryAttempts: number;
  /** First pause between tries, doubled each time, full jitter, at most 30 s. Milliseconds. */
  retryDelay: number;
  enableSSE: boolean;
  /** Tries a WebSocket, which carries the same messages, where Server-Sent Events do not come through. */
  enableWebSocket: boolean;
  /** How long an answer counts as fresh while the stream is down. Milliseconds. */
  cacheTime: number;
}

/** What one endpoint may have otherwise than the default. */
export type RealtimeDataOptions = Partial<RealtimeOptions>;

export const DEFAULTS: RealtimeOptions = {
  pollingInterval: 10_000,
  retryAttempts: 3,
  retryDelay: 1_000,
  enableSSE: true,
  enableWebSocket: false,
  cacheTime: 30_000,
};

export interface ListBody {
  items: Rec[];
  page: number;
  limit: number;
  total: number;
}

export interface Meta {
  page?: number;
  limit?: number;
  total?: number;
  /** More rows than are held: a list without page and limit comes up to 10 000 rows. */
  truncated?: boolean;
  /** Edits of this resource that the server has not confirmed yet. */
  pending: number;
}

/** What the cache holds for one endpoint. */
export interface Answer {
  body: unknown;
  /** The reply holds at least every change up to here. */
  position?: Position | undefined;
  etag?: string | undefined;
  truncated?: boolean;
  /** When it was asked for (epoch milliseconds). */
  at: number;
  /** Counts how often the feed began anew: versions compare within one era only. */
  era: number;
}
