/** The page's link to the server: the shared stream, what state it is in and since when, and what wakes it. */
import type { Connection, Reason } from "./connection";
import { RequestFailed } from "./errors";
import { SharedStream } from "./share";
import type { StreamState, Verdict } from "./stream";
import type { Timeline } from "./timeline";
import type { Delivery, RealtimeOptions } from "./types";

export interface LinkOptions {
  base: string;
  options: RealtimeOptions;
  timeline: Timeline;
  /** An ordinary request; throws RequestFailed. */
  send: (path: string) => Promise<Response>;
  onDelivery: (delivery: Delivery) => void;
  /** The stream is there (again): what waited for it is fetched now. */
  onLive: () => void;
  /** The tab is looked at again. */
  onWake: () => void;
  onSignedOut: () => void;
}

/** Position and last sign of life are told at most once in this time. Milliseconds. */
const CALM = 500;

export class Link {
  private readonly shared: SharedStream;
  private readonly watchers = new Set<() => void>();
  private connection: Connection;
  private isOpen = false;
  private pretending = false;
  private soon: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly setup: LinkOptions) {
    const reason: Reason = setup.options.enableSSE ? "connecting" : "disabled";
    this.connection = { state: "polling", reason, since: Date.now(), attempts: 0, leads: false };
    this.shared = new SharedStream({
      name: `digisence-stream:${setup.base}`,
      url: `${setup.base}/api/admin/sse?initial=counts`,
      retryDelay: setup.options.retryDelay,
      probe: () => this.probe(),
      onDelivery: setup.onDelivery,
      onState: (state) => this.follow(state),
    });
  }

  /** Opens the stream; a second call does nothing. */
  open(): void {
    if (this.isOpen || !this.setup.options.enableSSE) return;
    this.isOpen = true;
    this.shared.open();
    addEventListener("online", this.wake);
    addEventListener("offline", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    addEventListener("pagehide", this.pause);
    addEventListener("pageshow", this.resume);
  }

  /** Ends what this tab holds; with `everywhere`, other tabs are told that the session is over. */
  close(everywhere = false): void {
    this.isOpen = false;
    clearTimeout(this.soon);
    this.soon = undefined;
    this.shared.close(everywhere);
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    removeEventListener("pagehide", this.pause);
    removeEventListener("pageshow", this.resume);
  }

  status = (): Connection => this.connection;

  /** Calls back when the connection changes or `announce` is called. Returns how to stop. */
  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };

  announce(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    for (const watcher of this.watchers) watcher();
  }

  /** An ordinary request was answered: no need to wait out the stream's back-off. */
  reached(): void {
    if (this.connection.state !== "offline" || this.pretending) return;
    this.become("polling", "connecting");
    this.shared.wake();
  }

  /** An ordinary request got no answer at all. */
  unreachable(): void {
    if (this.connection.state === "polling") this.become("offline", navigator.onLine ? "server-down" : "network");
  }

  /** Cuts the stream as a failing network would, in whichever tab holds it. */
  drop(): void {
    this.setup.timeline.record("dropped");
    this.shared.drop();
  }

  /** While on, this tab behaves as one without a network: no stream, and `mayAsk` refuses. */
  pretend(on: boolean): void {
    if (on === this.pretending) return;
    this.pretending = on;
    this.setup.timeline.record("pretend", on ? "on" : "off");
    if (on) this.shared.close();
    else if (this.isOpen) this.shared.open();
    this.become(on ? "offline" : "polling", on ? "pretended" : "connecting");
  }

  /** Throws, as `fetch` without a network does, while this tab pretends to have none. */
  mayAsk(): void {
    if (this.pretending) throw new TypeError("This page pretends to be offline.");
  }

  private async probe(): Promise<Verdict> {
    try {
      await this.setup.send("/api/auth/me");
      return "reachable";
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      if (error.status === 401) return "signed-out";
      return error.status === 0 || error.status >= 500 ? "unreachable" : "reachable";
    }
  }

  private follow(stream: StreamState): void {
    if (stream.verdict === "signed-out") return this.setup.onSignedOut();
    if (stream.open) return this.become("live", undefined, stream);
    if (!navigator.onLine) return this.become("offline", "network", stream);
    if (stream.verdict === "unreachable") return this.become("offline", "server-down", stream);
    this.become("polling", stream.attempts ? "cut" : "connecting", stream);
  }

  private become(state: Connection["state"], reason?: Reason, stream?: StreamState): void {
    const before = this.connection;
    const since = before.state === state ? before.since : Date.now();
    const { position, lastSeen, attempts } = stream ?? before;
    const transport = state === "live" ? "sse" : undefined;
    this.connection = { state, transport, reason, since, position, lastSeen, attempts, leads: this.shared.leads };
    if (before.state !== state) this.setup.timeline.record("state", reason ? `${state}: ${reason}` : state);
    if (state === "live" && before.state !== "live") this.setup.onLive();
    if (before.state === state && before.attempts === attempts) this.announceSoon();
    else this.announce();
  }

  /** Every message moves the position: worth telling, but not worth drawing the screen each time. */
  private announceSoon(): void {
    this.soon ??= setTimeout(() => this.announce(), CALM);
  }

  private readonly wake = (): void => {
    if (document.visibilityState === "hidden") return;
    this.shared.wake();
    this.setup.onWake();
  };

  private readonly pause = (): void => this.shared.close();

  private readonly resume = (event: PageTransitionEvent): void => {
    if (event.persisted && this.isOpen) this.shared.open();
  };
}
