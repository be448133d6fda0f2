/** One EventSource kept alive: watchdog, back-off, resume. Knows nothing of caches or tabs. */
import { backoff } from "./backoff";
import { later } from "./position";
import type { Delivery, Message, Position } from "./types";

/** Why a stream could not be opened, found out by an ordinary request: an EventSource tells no status code. */
export type Verdict = "reachable" | "unreachable" | "signed-out";

export interface StreamOptions {
  url: string;
  retryDelay: number;
  /** Asks the server over plain HTTP whether it is there and still knows us; refreshes the sign-in if it can. */
  probe: () => Promise<Verdict>;
  onDelivery: (delivery: Delivery) => void;
  onState: (state: StreamState) => void;
  /** Where to go on from, when another tab led before. */
  position?: Position | undefined;
}

export interface StreamState {
  open: boolean;
  verdict: Verdict;
  position?: Position | undefined;
  lastSeen?: number | undefined;
  attempts: number;
}

const OPENING_TIMEOUT = 10_000;
/** Shortest life of a stream that makes the next attempt start from zero again. */
const STABLE = 5_000;

export class Stream {
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence = OPENING_TIMEOUT;
  private openedAt = 0;
  private closed = false;
  /** Counts connections, so that the answer of an old probe is not taken for the present one's. */
  private round = 0;
  readonly state: StreamState;

  constructor(private readonly options: StreamOptions) {
    this.state = { open: false, verdict: "reachable", position: options.position, attempts: 0 };
  }

  open(): void {
    this.closed = false;
    this.connect();
  }

  /** Silent: who closes a stream knows; other tabs must not hear "down" while the next leader is already up. */
  close(): void {
    this.closed = true;
    this.drop();
  }

  /** Called when the tab wakes or the network returns: timers may have slept, so look now. */
  wake(): void {
    if (this.closed) return;
    const quiet = Date.now() - (this.state.lastSeen ?? 0);
    if (!this.source || (this.state.open && quiet > this.silence)) this.connect();
  }

  /** As if the network had cut it; then the usual recovery runs. */
  cut(): void {
    if (this.source) void this.fail();
  }

  private connect(): void {
    this.drop();
    this.silence = OPENING_TIMEOUT;
    const url = new URL(this.options.url, globalThis.location.href);
    if (this.state.position) url.searchParams.set("lastEventId", this.state.position);
    const source = new EventSource(url, { withCredentials: true });
    this.source = source;
    source.onmessage = (event) => this.receive(event);
    source.addEventListener("hb", (event) => this.heartbeat(event as MessageEvent<string>));
    source.onerror = () => void this.fail();
    this.watch();
  }

  private drop(): void {
    this.round += 1;
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.fail(), this.silence);
  }

  private heartbeat(event: MessageEvent<string>): void {
    this.watch();
    this.tell({ lastSeen: Date.now(), position: later(event.lastEventId || event.data, this.state.position) });
  }

  private receive(event: MessageEvent<string>): void {
    const message = parse(event.data);
    if (!message) return;
    if (message.type === "bye") return this.leave(message.retryMs, message.reason);
    if (message.type === "hello") this.greet(message.heartbeatSeconds);
    this.watch();
    const position = event.lastEventId || undefined;
    this.tell({ lastSeen: Date.now(), position: this.cursor(message, position) });
    this.options.onDelivery({ message, position });
  }

  /** `lost` and a first `hello` set the cursor even backwards: the server began a new Stream. */
  private cursor(message: Message, position: Position | undefined): Position | undefined {
    if (message.type === "lost") return message.position;
    if (message.type === "hello") return this.state.position ?? message.position;
    return position ? later(position, this.state.position) : this.state.position;
  }

  private greet(heartbeatSeconds: number): void {
    this.silence = heartbeatSeconds * 2_000;
    this.openedAt = Date.now();
    this.tell({ open: true, verdict: "reachable" });
  }

  private leave(retryMs: number | undefined, reason: string): void {
    const probing = reason !== "drain" && reason !== "lifetime";
    this.drop();
    this.tell({ open: false });
    const wait = retryMs ?? backoff(this.state.attempts, this.options.retryDelay);
    if (probing) void this.ask(wait);
    else this.timer = setTimeout(() => this.connect(), wait);
  }

  private async fail(): Promise<void> {
    const stable = this.state.open && Date.now() - this.openedAt > STABLE;
    this.drop();
    this.tell({ open: false, attempts: stable ? 0 : this.state.attempts + 1 });
    await this.ask(backoff(this.state.attempts, this.options.retryDelay));
  }

  /** Finds out by plain HTTP how things stand, then waits and connects again, unless signed out. */
  private async ask(wait: number): Promise<void> {
    const round = this.round;
    const verdict = await this.options.probe();
    if (this.closed || round !== this.round) return;
    this.tell({ verdict });
    if (verdict === "signed-out") return;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  private tell(change: Partial<StreamState>): void {
    Object.assign(this.state, change);
    this.options.onState(this.state);
  }
}

/** A message, or nothing when the text is none: a stranger's line on the stream must not end it. */
export function parse(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return known ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
