/** The page's link to the server: the shared stream, how things stand and since when, and what wakes it. */
import type { LinkState, Reason, Transport } from "./connection";
import { diagnose, type Ask } from "./diagnosis";
import { SharedStream } from "./share";
import type { StreamState, Waking } from "./stream";
import type { Timeline } from "./timeline";
import type { Delivery, RealtimeOptions } from "./types";

export interface LinkOptions {
  base: string;
  options: RealtimeOptions;
  timeline: Timeline;
  /** An ordinary request; throws RequestFailed. */
  send: Ask;
  onDelivery: (delivery: Delivery) => void;
  /** The stream is there (again): what waited for it is fetched now. */
  onLive: () => void;
  /** The tab is looked at again. */
  onWake: () => void;
  onSignedOut: () => void;
}

const STREAM = "/api/admin/sse?initial=counts";
const SOCKET = "/api/admin/ws?initial=counts";
/** Opened only to see why it is refused. */
const TRIAL = "/api/admin/sse?initial=none";
const ACCOUNT = "/api/auth/me";

/** Position and last sign of life are told at most once in this time. Milliseconds. */
const CALM = 500;

export class Link {
  readonly #shared: SharedStream;
  readonly #watchers = new Set<() => void>();
  #connection: LinkState;
  #isOpen = false;
  #pretending = false;
  #soon: ReturnType<typeof setTimeout> | undefined;
  readonly #isEnabled: boolean;
  #listening = new AbortController();

  constructor(private readonly setup: LinkOptions) {
    const addresses = transports(setup);
    this.#isEnabled = Object.keys(addresses).length > 0;
    const reason: Reason = this.#isEnabled ? "connecting" : "disabled";
    this.#connection = { state: "polling", reason, since: Date.now(), attempts: 0, leads: false };
    this.#shared = new SharedStream({
      name: `digisence-stream:${setup.base}`,
      addresses,
      retryDelay: setup.options.retryDelay,
      probe: (refused) => diagnose(setup.send, ACCOUNT, refused ? TRIAL : undefined),
      onDelivery: setup.onDelivery,
      onState: (state) => this.#follow(state),
      onEvent: (kind, detail, where) => setup.timeline.record(kind, detail, where),
    });
  }

  /** Opens the stream; a second call does nothing. */
  open(): void {
    if (this.#isOpen || !this.#isEnabled) return;
    this.#isOpen = true;
    this.#listen();
    if (!this.#pretending) this.#start();
  }

  /** Ends what this tab holds; with `everywhere`, other tabs are told that the session is over. */
  close(everywhere = false): void {
    if (this.#isOpen) this.#end("closed", everywhere);
    else this.#shared.close(everywhere);
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  status = (): LinkState => this.#connection;

  /** Calls back when the connection changes or `announce` is called. Returns how to stop. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  announce(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    for (const watcher of this.#watchers) watcher();
  }

  /** An ordinary request was answered: no need to wait out the stream's back-off. */
  reached(): void {
    if (this.#connection.state !== "offline" || !this.#isOpen || this.#pretending) return;
    this.#become("polling", "connecting");
    this.#shared.wake("answer");
  }

  /** An ordinary request got no answer at all. */
  unreachable(): void {
    if (this.#connection.state === "polling") this.#become("offline", navigator.onLine ? "server-down" : "network");
  }

  /** Cuts the stream as a failing network would, in whichever tab holds it. */
  drop(): void {
    this.setup.timeline.record("dropped", "on request");
    this.#shared.drop();
  }

  /** While on, this tab behaves as one without a network: no stream, and `mayAsk` refuses. */
  pretend(on: boolean): void {
    if (on === this.#pretending) return;
    this.#pretending = on;
    this.setup.timeline.record("pretend", on ? "on" : "off");
    if (on) this.#shared.close();
    if (on) this.#become("offline", "pretended");
    else if (this.#isOpen) this.#start();
    else this.#become("polling", this.#isEnabled ? "connecting" : "disabled");
  }

  /** Throws, as `fetch` without a network does, while this tab pretends to have none. */
  mayAsk(): void {
    if (this.#pretending) throw new TypeError("This page pretends to be offline.");
  }

  #start(): void {
    this.#become("polling", "connecting");
    this.#shared.open();
  }

  #end(reason: Reason, everywhere = false): void {
    this.#isOpen = false;
    this.#listening.abort();
    this.#shared.close(everywhere);
    this.#become("offline", reason);
  }

  #listen(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = (target: EventTarget, name: string, act: (event: Event) => void) => target.addEventListener(name, act, { signal });
    on(globalThis, "online", () => this.#network(true));
    on(globalThis, "offline", () => this.#network(false));
    on(document, "visibilitychange", () => this.#look());
    on(globalThis, "pagehide", () => this.#sleep("the page was left"));
    on(globalThis, "pageshow", (event) => (event as PageTransitionEvent).persisted && this.#rise("the page was come back to"));
    on(document, "freeze", () => this.#sleep("the browser put this tab to sleep"));
    on(document, "resume", () => this.#rise("the browser woke this tab"));
  }

  #network(there: boolean): void {
    this.setup.timeline.record(there ? "online" : "offline", "says the browser");
    if (there) this.#wake("network");
  }

  #look(): void {
    const hidden = document.visibilityState === "hidden";
    this.setup.timeline.record(hidden ? "hidden" : "visible");
    if (hidden) this.#shared.hide();
    else this.#wake("look");
  }

  /** Another tab takes the lead; nothing stays open in a page that cannot run. */
  #sleep(why: string): void {
    this.setup.timeline.record("frozen", why);
    this.#shared.close();
  }

  #rise(why: string): void {
    this.setup.timeline.record("resumed", why);
    if (this.#pretending) return;
    this.#start();
    this.setup.onWake();
  }

  #wake(why: Waking): void {
    if (this.#pretending) return;
    this.#shared.wake(why);
    if (document.visibilityState !== "hidden") this.setup.onWake();
  }

  #follow(stream: StreamState): void {
    if (!this.#isOpen || this.#pretending) return;
    if (stream.over) {
      this.#end(stream.reason ?? "signed-out");
      this.setup.onSignedOut();
    } else if (stream.open) this.#become("live", undefined, stream);
    else this.#become(stream.reachable ? "polling" : "offline", stream.reason, stream);
  }

  #become(state: LinkState["state"], reason?: Reason, stream?: StreamState): void {
    const before = this.#connection;
    const since = before.state === state ? before.since : Date.now();
    const { position, lastSeen, attempts, transport, retryAt } = stream ?? { ...before, transport: undefined, retryAt: undefined };
    this.#connection = { state, transport, reason, since, position, lastSeen, attempts, retryAt, leads: this.#shared.leads };
    if (before.state !== state) this.setup.timeline.record("state", reason ? `${state}: ${reason}` : state);
    if (state === "live" && before.state !== "live") this.setup.onLive();
    if (differs(before, this.#connection)) this.announce();
    else this.#announceSoon();
  }

  /** Every message moves the position: worth telling, but not worth drawing the screen each time. */
  #announceSoon(): void {
    this.#soon ??= setTimeout(() => this.announce(), CALM);
  }
}

/** Where the stream is, by the transports that are wanted, in the order in which they are tried. */
function transports({ base, options }: LinkOptions): Partial<Record<Transport, string>> {
  return {
    ...(options.enableSSE ? { sse: base + STREAM } : {}),
    ...(options.enableWebSocket ? { websocket: base + SOCKET } : {}),
  };
}

const TELLING = ["state", "reason", "transport", "attempts", "retryAt", "leads"] as const;

function differs(before: LinkState, now: LinkState): boolean {
  return TELLING.some((name) => before[name] !== now[name]);
}
