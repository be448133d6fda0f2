/** One stream for all tabs of a browser: the holder of a Web Lock leads, a BroadcastChannel carries its messages to the rest. */
import { later } from "./position";
import { Stream, type StreamOptions, type StreamState } from "./stream";
import type { Delivery, Position } from "./types";

type Note =
  | { kind: "delivery"; delivery: Delivery }
  | { kind: "state"; state: StreamState }
  | { kind: "who-leads" }
  | { kind: "drop" }
  | { kind: "close" };

export interface ShareOptions extends Omit<StreamOptions, "position"> {
  /** Tabs with the same name share one stream. */
  name: string;
}

/** A leader frozen by its browser relays nothing; after this long a visible tab takes the lead from it. */
const LEADER_SILENCE = 45_000;

export class SharedStream {
  private stream: Stream | undefined;
  private channel: BroadcastChannel | undefined;
  private resign: (() => void) | undefined;
  private queueing = new AbortController();
  /** The newest message that holds counts: given to tabs that come later. */
  private counts: Delivery | undefined;
  private heard = Date.now();
  private guard: ReturnType<typeof setInterval> | undefined;
  private position: Position | undefined;
  private closed = false;

  constructor(private readonly options: ShareOptions) {}

  get leads(): boolean {
    return this.stream !== undefined;
  }

  open(): void {
    this.closed = false;
    this.queueing = new AbortController();
    if (typeof BroadcastChannel === "undefined" || !globalThis.navigator?.locks) return this.lead();
    this.channel = new BroadcastChannel(this.options.name);
    this.channel.onmessage = (event: MessageEvent<Note>) => this.hear(event.data);
    this.channel.postMessage({ kind: "who-leads" } satisfies Note);
    this.campaign({ signal: this.queueing.signal });
    this.guard = setInterval(() => this.checkLeader(), LEADER_SILENCE / 3);
  }

  /** Ends this tab's part; with `everywhere`, every other tab's too (signing out). */
  close(everywhere = false): void {
    if (everywhere) this.channel?.postMessage({ kind: "close" } satisfies Note);
    this.closed = true;
    clearInterval(this.guard);
    this.queueing.abort();
    this.stepDown();
    this.channel?.close();
    this.channel = undefined;
  }

  /** Cuts the stream, in whichever tab holds it. */
  drop(): void {
    if (this.stream) this.stream.cut();
    else this.channel?.postMessage({ kind: "drop" } satisfies Note);
  }

  wake(): void {
    if (this.stream) this.stream.wake();
    else this.checkLeader();
  }

  private campaign(how: LockOptions): void {
    const hold = () => new Promise<void>((done) => this.elected(done));
    navigator.locks.request(this.options.name, how, hold).catch((reason: unknown) => this.deposed(reason));
  }

  private elected(done: () => void): void {
    if (this.closed) return done();
    this.resign = done;
    this.lead();
  }

  /** The lock was stolen by a visible tab (AbortError), or this tab gave up waiting: follow again, if still open. */
  private deposed(reason: unknown): void {
    if (this.closed) return;
    if (!(reason instanceof DOMException) || reason.name !== "AbortError") throw reason;
    this.stepDown();
    this.heard = Date.now();
    this.campaign({ signal: this.queueing.signal });
  }

  private lead(): void {
    this.stream = new Stream({
      ...this.options,
      position: this.position,
      onDelivery: (delivery) => {
        if (delivery.message.type === "initial" || delivery.message.type === "update") this.counts = delivery;
        this.channel?.postMessage({ kind: "delivery", delivery } satisfies Note);
        this.options.onDelivery(delivery);
      },
      onState: (state) => {
        this.channel?.postMessage({ kind: "state", state } satisfies Note);
        this.options.onState(state);
      },
    });
    this.stream.open();
  }

  private stepDown(): void {
    this.stream?.close();
    this.stream = undefined;
    this.resign?.();
    this.resign = undefined;
  }

  private hear(note: Note): void {
    if (note.kind === "close") return this.options.onState({ open: false, verdict: "signed-out", attempts: 0 });
    if (note.kind === "who-leads") return this.answer();
    if (note.kind === "drop") return this.stream?.cut();
    if (this.stream) return;
    this.heard = Date.now();
    if (note.kind === "delivery") {
      this.position = later(note.delivery.position, this.position);
      this.options.onDelivery(note.delivery);
    } else {
      this.position = note.state.position ?? this.position;
      this.options.onState(note.state);
    }
  }

  private answer(): void {
    if (!this.stream) return;
    this.channel?.postMessage({ kind: "state", state: this.stream.state } satisfies Note);
    if (this.counts) this.channel?.postMessage({ kind: "delivery", delivery: this.counts } satisfies Note);
  }

  private checkLeader(): void {
    if (this.stream || this.closed || document.visibilityState === "hidden") return;
    if (Date.now() - this.heard < LEADER_SILENCE) return;
    this.heard = Date.now();
    this.campaign({ steal: true });
  }
}
