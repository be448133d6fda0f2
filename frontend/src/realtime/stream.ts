/** One stream kept alive: watchdog, back-off, resume, another transport where one does not come through. Knows no tabs. */
import { backoff } from "./backoff";
import { REASONS, type Reason, type Transport } from "./connection";
import type { Finding } from "./diagnosis";
import { Ladder } from "./ladder";
import { PIPES, type Pipe } from "./pipe";
import { later } from "./position";
import type { TimelineKind } from "./timeline";
import type { ByeMessage, Delivery, HelloMessage, Message, Position } from "./types";

export interface StreamOptions {
  /** Where each transport's stream is, in the order in which they are tried. */
  addresses: Partial<Record<Transport, string>>;
  retryDelay: number;
  /** Asks the server over plain HTTP whether it is there and still knows us; `refused`: and why it gave no stream. */
  probe: (refused: boolean) => Promise<Finding>;
  /** `before` is the position until this delivery. */
  onDelivery: (delivery: Delivery, before: Position | undefined) => void;
  onState: (state: StreamState, before: Position | undefined) => void;
  onEvent: (kind: TimelineKind, detail?: string) => void;
  /** Where to go on from, when another tab led before. */
  position?: Position | undefined;
}

export interface StreamState {
  open: boolean;
  transport?: Transport | undefined;
  /** Why it is not open. */
  reason?: Reason | undefined;
  /** Whether ordinary requests get through. */
  reachable: boolean;
  /** The session is over: nothing is tried any more. */
  over: boolean;
  position?: Position | undefined;
  lastSeen?: number | undefined;
  attempts: number;
  retryAt?: number | undefined;
}

/** The tab is looked at; the network is back, so an open line is not trusted; an ordinary request was answered. */
export type Waking = "look" | "network" | "answer";

export const OPENING_TIMEOUT = 10_000;
/** Shortest life of a stream that makes the next attempt start from zero again. */
const STABLE = 5_000;
/** The watchdog looks at the clock this often: after a machine's sleep, timers go on as if it had not been. */
const LOOK = 5_000;
/** Reasons for a `bye` that are the server's own; after any other one it is asked whether it still knows us. */
const OWN_REASONS = new Set(["drain", "lifetime"]);

export class Stream {
  #pipe: Pipe | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence = OPENING_TIMEOUT;
  #heardAt = 0;
  #openedAt = 0;
  #closed = false;
  /** Counts connections, so that the answer of an old probe is not taken for the present one's. */
  #round = 0;
  /** The server does not want us before (epoch milliseconds). */
  #earliest = 0;
  /** How long after a cut the server wants us back: each client is told another time. */
  #spread = 0;
  readonly #ladder: Ladder;
  readonly state: StreamState;

  constructor(private readonly options: StreamOptions) {
    this.#ladder = new Ladder(Object.keys(options.addresses) as Transport[]);
    this.state = { open: false, reason: "connecting", reachable: true, over: false, position: options.position, attempts: 0 };
  }

  open(): void {
    this.#closed = false;
    this.#connect();
  }

  /** Silent: who closes a stream knows; other tabs must not hear "down" while the next leader is already up. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** As if the network had cut it; then the usual recovery runs. */
  cut(): void {
    if (this.#pipe) this.#fail("cut");
  }

  /** Timers may have slept, so look now; and what is waited for may be there. */
  wake(why: Waking = "look"): void {
    if (this.#closed || this.state.over) return;
    const doubt = why === "network";
    if (why === "answer" && !this.state.open) Object.assign(this.state, { reachable: true, reason: "connecting" });
    if (!this.#pipe) {
      if (Date.now() >= this.#earliest) this.#connect();
    } else if (doubt || this.#quiet() >= this.#silence) {
      this.options.onEvent("silent", doubt ? "the network changed" : seconds(this.#quiet()));
      this.#connect();
    }
  }

  #connect(): void {
    this.#drop();
    this.#silence = OPENING_TIMEOUT;
    this.#heardAt = Date.now();
    this.#earliest = 0;
    const { transport } = this.#ladder;
    const url = new URL(this.options.addresses[transport] ?? "", globalThis.location.href);
    if (this.state.position) url.searchParams.set("lastEventId", this.state.position);
    this.#tell({ open: false, transport: undefined, retryAt: undefined, reason: this.state.reason ?? "connecting" });
    this.options.onEvent("opening", `${transport} ${this.state.position ?? ""}`.trim());
    this.#pipe = PIPES[transport](url, {
      message: (message, position) => this.#receive(message, position),
      beat: (position) => this.#beat(position),
      broken: (how) => this.#fail(how),
    });
    this.#watch();
  }

  #drop(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#pipe?.close();
    this.#pipe = undefined;
  }

  #quiet(): number {
    if (Date.now() < this.#heardAt) this.#heardAt = Date.now(); // the clock was set back
    return Date.now() - this.#heardAt;
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const left = this.#silence - this.#quiet();
    if (left <= 0) return this.#fail("silent");
    this.#timer = setTimeout(() => this.#watch(), Math.min(left, LOOK));
  }

  #heard(): number {
    this.#heardAt = Date.now();
    this.#watch();
    return this.#heardAt;
  }

  #beat(position: Position): void {
    this.#tell({ lastSeen: this.#heard(), position: later(position, this.state.position) });
  }

  #receive(message: Message, position: Position | undefined): void {
    if (message.type === "bye") return this.#leave(message);
    const before = this.state.position;
    const moved = { lastSeen: this.#heard(), position: this.#cursor(message, position) };
    if (message.type === "hello") this.#greet(message, moved);
    else Object.assign(this.state, moved);
    if (message.type === "lost") this.options.onEvent("lost", `goes on from ${message.position}`);
    this.options.onDelivery({ message, position }, before);
  }

  /** `lost` and a first `hello` set the cursor even backwards: the server began a new Stream. */
  #cursor(message: Message, position: Position | undefined): Position | undefined {
    if (message.type === "lost") return message.position;
    if (message.type === "hello") return this.state.position ?? message.position;
    return position ? later(position, this.state.position) : this.state.position;
  }

  #greet({ heartbeatSeconds, retryMs, position }: HelloMessage, moved: Partial<StreamState>): void {
    this.#silence = heartbeatSeconds * 2_000;
    this.#spread = retryMs ?? 0;
    this.#openedAt = Date.now();
    this.#ladder.held();
    this.options.onEvent("hello", `${this.#ladder.transport}, the feed stands at ${position}`);
    this.#tell({ ...moved, open: true, transport: this.#ladder.transport, reason: undefined, reachable: true });
  }

  #leave({ reason, retryMs }: ByeMessage): void {
    this.#drop();
    const told: Reason = Object.hasOwn(REASONS, reason) ? (reason as Reason) : "disconnected";
    this.options.onEvent("bye", reason);
    this.#tell({ open: false, transport: undefined, reason: told });
    const wait = retryMs ?? backoff(this.state.attempts, this.options.retryDelay);
    if (OWN_REASONS.has(reason)) this.#retry(wait, true);
    else void this.#ask({ wait, reason: told, held: true, imposed: true });
  }

  #fail(reason: "cut" | "refused" | "silent"): void {
    const held = this.state.open;
    const stable = held && Date.now() - this.#openedAt > STABLE;
    const quiet = this.#quiet();
    this.#drop();
    const kind = reason === "cut" ? "failed" : reason;
    this.options.onEvent(kind, reason === "silent" ? seconds(quiet) : held ? "while open" : "while opening");
    this.#tell({ open: false, transport: undefined, reason, attempts: stable ? 0 : this.state.attempts + 1 });
    const wait = backoff(this.state.attempts, this.options.retryDelay);
    void this.#ask({ wait: held ? Math.max(wait, this.#spread) : wait, reason, held, imposed: false });
  }

  /**
   * Finds out by plain HTTP how things stand, then waits and connects again, unless signed out. After a stream that was
   * open it does not wait for the answer, which may be on its way over another dead line.
   */
  async #ask({ wait, reason, held, imposed }: { wait: number; reason: Reason; held: boolean; imposed: boolean }): Promise<void> {
    const round = this.#round;
    const hurry = held && !imposed;
    if (hurry) this.#retry(wait, false);
    const found = await this.options.probe(reason === "refused");
    if (this.#closed || round !== this.#round) return;
    if (found.over) return this.#end(reason);
    if (!held && found.reachable && !found.reason && this.#ladder.missed()) this.options.onEvent("transport", this.#ladder.transport);
    this.#tell({ reachable: found.reachable, reason: found.reason ?? reason });
    if (!hurry || found.retryMs !== undefined) this.#retry(Math.max(wait, found.retryMs ?? 0), imposed || found.retryMs !== undefined);
  }

  #end(reason: Reason): void {
    clearTimeout(this.#timer);
    this.options.onEvent("signed-out", reason);
    this.#tell({ over: true, reachable: true, reason: reason === "revoked" || reason === "expired" ? reason : "signed-out" });
  }

  #retry(wait: number, imposed: boolean): void {
    const at = Date.now() + wait;
    if (imposed) this.#earliest = at;
    this.options.onEvent("retry", `in ${Math.round(wait)} ms`);
    this.#tell({ retryAt: at });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #tell(change: Partial<StreamState>): void {
    const before = this.state.position;
    Object.assign(this.state, change);
    this.options.onState(this.state, before);
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
