/** What the tabs of a browser say to each other. */
import type { StreamState, Waking } from "./stream";
import type { Welcome } from "./thread";
import type { TimelineKind } from "./timeline";
import type { Delivery, Position } from "./types";

export type Note =
  /** A tab comes, or comes back, or misses something. */
  | { kind: "join"; position?: Position | undefined }
  | ({ kind: "welcome"; to: string } & Welcome)
  /** The leader passes on a message; it stood at `before` until then. */
  | { kind: "delivery"; delivery: Delivery; before?: Position | undefined }
  /** The leader tells how things stand: on each change, on joining, and every few seconds. */
  | { kind: "state"; state: StreamState; before?: Position | undefined; hidden: boolean }
  | { kind: "event"; event: TimelineKind; detail?: string | undefined }
  /** Elected without a position: where do the others stand? */
  | { kind: "where" }
  | { kind: "here"; position: Position }
  /** For the leader: look whether the stream is alive; cut it. */
  | { kind: "wake"; why: Waking }
  | { kind: "drop" }
  /** The session is over. */
  | { kind: "close" };

export class Channel {
  /** This tab's name among the others. */
  readonly tab = Math.random().toString(36).slice(2);
  #channel: BroadcastChannel | undefined;

  constructor(
    private readonly name: string,
    private readonly hear: (note: Note, from: string) => void,
  ) {}

  open(): void {
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.name);
    this.#channel.onmessage = (event: MessageEvent<{ from: string; note: Note }>) => this.hear(event.data.note, event.data.from);
  }

  post(note: Note): void {
    this.#channel?.postMessage({ from: this.tab, note });
  }

  /** Says something even where nothing is listened to. */
  tell(note: Note): void {
    const listens = this.#channel !== undefined;
    if (!listens) this.open();
    this.post(note);
    if (!listens) this.close();
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }
}
