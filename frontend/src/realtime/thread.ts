/** What a tab has of the stream that another tab holds: nothing twice, nothing left out. */
import { compare, later } from "./position";
import type { Delivery, Message, Position } from "./types";

/** The leader's answer to a tab that joins: where it stands, and what came since the tab's own position. */
export interface Welcome {
  position?: Position | undefined;
  /** Absent: not known any more. */
  missed?: Delivery[] | undefined;
  /** The newest message with counts. */
  counts?: Delivery | undefined;
}

export interface ThreadOptions {
  deliver: (delivery: Delivery) => void;
  /** Something is missing: asks the leader for a welcome. */
  join: () => void;
}

/** A question that gets no answer is asked again. Milliseconds. */
const PATIENCE = 1_000;
/** These come again when a new leader resumes from an older position. */
const ONCE: ReadonlySet<Message["type"]> = new Set(["change", "update", "integrity", "job", "sync"]);

export class Thread {
  position: Position | undefined;
  #askedAt = 0;

  constructor(private readonly options: ThreadOptions) {}

  /** A message of the leader, which stood at `before` until then. */
  take(delivery: Delivery, before: Position | undefined): void {
    const { message, position } = delivery;
    if (message.type === "lost") {
      this.position = message.position;
      this.options.deliver(delivery);
    } else if (this.#goesOn(before, message.type === "hello" ? message.position : undefined)) {
      const known = ONCE.has(message.type) && compare(position, this.position) <= 0;
      this.position = later(position, this.position);
      if (!known) this.options.deliver(delivery);
    }
  }

  /** The leader now stands at `position`, and nothing came in between. */
  follow(position: Position | undefined, before: Position | undefined): void {
    if (position !== undefined && this.#goesOn(before, position)) this.position = later(position, this.position);
  }

  /**
   * Whether the leader's words go on from where this tab stands; if not, asks for what is missing.
   * A leader without a `before` began at the position `first`.
   */
  #goesOn(before: Position | undefined, first: Position | undefined): boolean {
    const complete = this.position === undefined ? before === undefined : compare(before ?? first, this.position) <= 0;
    if (complete || Date.now() - this.#askedAt < PATIENCE) return complete;
    this.#askedAt = Date.now();
    this.options.join();
    return false;
  }

  welcome({ position, missed, counts }: Welcome): void {
    this.#askedAt = 0;
    if (position !== undefined) this.#catchUp(position, missed);
    if (counts) this.options.deliver(counts);
  }

  #catchUp(position: Position, missed: Delivery[] | undefined): void {
    const stood = this.position;
    this.position = later(position, stood);
    if (stood === undefined) this.#tell({ type: "hello", position, heartbeatSeconds: 0, timestamp: now() });
    else if (missed) missed.filter((each) => compare(each.position, stood) > 0).forEach((each) => this.options.deliver(each));
    else if (compare(position, stood) !== 0) this.#tell({ type: "lost", position, timestamp: now() });
  }

  #tell(message: Message): void {
    this.options.deliver({ message });
  }
}

function now(): string {
  return new Date().toISOString();
}
