/** Writes down what the transport does, from when somebody first looks: messages, fetches and patches, latency, the clocks. */
import type { Query, QueryCacheNotifyEvent } from "@tanstack/query-core";
import type { Realtime } from "../core";
import type { Message, Position } from "../types";
import { Clock } from "./clock";
import { Meter, preciseNow } from "./meter";

export interface Heard {
  /** Counts up from 1. */
  id: number;
  at: number;
  message: Message;
  /** How far the stream had come with it. */
  position: Position | undefined;
}

export interface Tally {
  fetches: number;
  patches: number;
}

export const MOST_MESSAGES = 300;
/** Answers at once, open to all, and says the time. */
const CHEAP = "/healthz";

export class Recorder {
  readonly clock = new Clock();
  readonly meter = new Meter(this.clock, () => this.#announce());
  #heard: readonly Heard[] = [];
  #count = 0;
  #version = 0;
  readonly #tallies = new WeakMap<Query, Tally>();
  readonly #listeners = new Set<() => void>();
  #frame: number | undefined;

  constructor(private readonly realtime: Realtime) {
    realtime.onMessage((message) => this.#hear(message));
    realtime.client.getQueryCache().subscribe((event) => this.#follow(event));
    realtime.onStatus(() => this.#announce());
    void this.compareClocks();
  }

  /** The newest last. */
  messages = (): readonly Heard[] => this.#heard;

  tally(query: Query): Tally {
    return this.#tallies.get(query) ?? { fetches: 0, patches: 0 };
  }

  /** Changes whenever something was written down. */
  snapshot = (): number => this.#version;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Asks for the server's time until the clocks are compared; an unreachable server leaves it unknown. */
  async compareClocks(): Promise<void> {
    try {
      await this.clock.measure(async () => (await this.realtime.send(CHEAP, { cache: "no-store" })).headers.get("Date"));
    } catch (error) {
      console.info("digisence: the clocks could not be compared", error);
    }
    this.#announce();
  }

  #hear(message: Message): void {
    const at = preciseNow();
    this.clock.received(message.timestamp, at);
    this.meter.hear(message, at);
    this.#count += 1;
    const heard = { id: this.#count, at, message, position: this.realtime.status().position };
    this.#heard = [...this.#heard.slice(1 - MOST_MESSAGES), heard];
    this.#announce();
  }

  #follow(event: QueryCacheNotifyEvent): void {
    if (event.type === "updated") this.#add(event.query, event.action);
    this.#announce();
  }

  #add(query: Query, action: { type: string; manual?: boolean }): void {
    const { fetches, patches } = this.tally(query);
    if (action.type === "fetch") this.#tallies.set(query, { fetches: fetches + 1, patches });
    else if (action.type === "success" && action.manual) this.#tallies.set(query, { fetches, patches: patches + 1 });
  }

  /** At most once a frame, however much happens in it. */
  #announce(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    });
  }
}

const recorders = new WeakMap<Realtime, Recorder>();

/** The one recorder of a transport; made at the first call, it stays. */
export function recorderOf(realtime: Realtime): Recorder {
  const known = recorders.get(realtime);
  if (known) return known;
  const made = new Recorder(realtime);
  recorders.set(realtime, made);
  return made;
}
