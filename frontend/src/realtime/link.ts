/** The page's link to the server: the shared stream, what state it is in and since when, and what wakes it. */
import { RequestFailed } from "./errors";
import { SharedStream } from "./share";
import type { StreamState, Verdict } from "./stream";
import type { Connection, Delivery, RealtimeOptions } from "./types";

export interface LinkOptions {
  base: string;
  options: RealtimeOptions;
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
  private connection: Connection = { state: "polling", since: Date.now(), attempts: 0 };
  private isOpen = false;
  private soon: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly setup: LinkOptions) {
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
    if (this.connection.state !== "offline") return;
    this.become("polling");
    this.shared.wake();
  }

  /** An ordinary request got no answer at all. */
  unreachable(): void {
    if (this.connection.state === "polling") this.become("offline");
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
    const down = stream.verdict === "unreachable" || !navigator.onLine ? "offline" : "polling";
    this.become(stream.open ? "live" : down, stream);
  }

  private become(state: Connection["state"], stream?: StreamState): void {
    const before = this.connection;
    const since = before.state === state ? before.since : Date.now();
    const { position, lastSeen, attempts } = stream ?? before;
    this.connection = { state, since, position, lastSeen, attempts };
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
