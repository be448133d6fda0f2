/** What happened to the connection lately, in order: to look at when something seems wrong. */

export const KINDS = [
  "opening", "hello", "lost", "bye", "silent", "failed", "refused", "retry", "transport",
  "leader", "follower", "hand-over",
  "hidden", "visible", "frozen", "resumed", "online", "offline",
  "state", "dropped", "pretend", "signed-out",
] as const;

export type TimelineKind = (typeof KINDS)[number];

export interface TimelineEvent {
  /** Counts up from 1 in this tab. */
  id: number;
  /** Epoch milliseconds. */
  at: number;
  kind: TimelineKind;
  /** For people; may be empty. */
  detail: string;
  /** Whether it happened in this tab, or in the one that holds the stream. */
  where: "here" | "leader";
}

export const MOST_EVENTS = 200;

export class Timeline {
  #events: readonly TimelineEvent[] = [];
  #count = 0;
  readonly #listeners = new Set<() => void>();

  /** The same array until something new happens, the oldest first. */
  entries = (): readonly TimelineEvent[] => this.#events;

  /** Calls back after each event. Returns how to stop. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  record(kind: TimelineKind, detail = "", where: TimelineEvent["where"] = "here", at = Date.now()): void {
    this.#count += 1;
    this.#events = [...this.#events.slice(1 - MOST_EVENTS), { id: this.#count, at, kind, detail, where }];
    for (const listener of this.#listeners) listener();
  }
}
