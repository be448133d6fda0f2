/** One stream for all tabs of a browser: one tab leads and holds it, the others hear from it what came. */
import { Channel, type Note } from "./channel";
import { Office } from "./office";
import { later } from "./position";
import { Recent } from "./recent";
import { Stream, type StreamOptions, type StreamState, type Waking } from "./stream";
import { Thread } from "./thread";
import type { TimelineEvent, TimelineKind } from "./timeline";
import type { Delivery, Position } from "./types";

export interface ShareOptions extends Omit<StreamOptions, "position" | "onDelivery" | "onState" | "onEvent"> {
  /** Tabs with the same name share one stream. */
  name: string;
  /** Whether this tab is in the background. */
  hidden?: () => boolean;
  onDelivery: (delivery: Delivery) => void;
  onState: (state: StreamState) => void;
  onEvent: (kind: TimelineKind, detail?: string, where?: TimelineEvent["where"]) => void;
}

/** A leader says that it is there this often; one that has been silent for three times as long is not any more. */
const BEAT = 5_000;
const LEADER_SILENCE = 3 * BEAT;
/** A hidden tab's timers are slowed down: after this time in the background it makes room for one that is looked at. */
const HIDDEN_PATIENCE = 5_000;
/** And a tab that cannot share a stream gives its own up. */
const ALONE_PATIENCE = 2_000;
/** Of several tabs that are looked at, one is the first. */
const SPREAD = 300;
/** How long a leader without a position waits for those of the others. */
const CENSUS = 100;

export class SharedStream {
  #stream: Stream | undefined;
  #isOpen = false;
  /** How things stand, as the leader told last. */
  #state: StreamState | undefined;
  /** No other tab can be asked to share. */
  #alone = false;
  readonly #channel: Channel;
  readonly #office: Office;
  readonly #thread: Thread;
  readonly #recent = new Recent();
  /** The newest message that holds counts: given to tabs that come later. */
  #counts: Delivery | undefined;
  #heardAt = 0;
  /** Since when the leader is known to be in the background. */
  #leaderHidden: number | undefined;
  #census: Position | undefined;
  #round: ReturnType<typeof setInterval> | undefined;
  #takeover: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ShareOptions) {
    this.#channel = new Channel(options.name, (note, from) => this.#hear(note, from));
    this.#office = new Office({ name: options.name, elected: () => void this.#elected(), deposed: () => this.#deposed() });
    this.#thread = new Thread({ deliver: (delivery) => this.#deliver(delivery), join: () => this.#join() });
  }

  get leads(): boolean {
    return this.#stream !== undefined;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#channel.open();
    this.#alone = typeof BroadcastChannel === "undefined" || !Office.exists();
    this.#heardAt = Date.now();
    if (this.#alone) this.#leadAlone();
    else this.#join();
    if (!this.#alone) this.#office.queue();
    this.#round = setInterval(() => this.#look(), BEAT);
  }

  /** Ends this tab's part; with `everywhere`, every other tab's too (signing out). */
  close(everywhere = false): void {
    if (everywhere) this.#channel.tell({ kind: "close" });
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#round);
    clearTimeout(this.#takeover);
    this.#takeover = undefined;
    this.#stepDown();
    this.#office.leave();
    this.#channel.close();
  }

  /** Cuts the stream, in whichever tab holds it. */
  drop(): void {
    if (this.#stream) this.#stream.cut();
    else this.#channel.post({ kind: "drop" });
  }

  wake(why: Waking = "look"): void {
    if (!this.#isOpen) return;
    if (this.#stream) return this.#stream.wake(why);
    if (this.#alone) return this.#leadAlone();
    this.#channel.post({ kind: "wake", why });
    this.#look();
  }

  /** This tab went into the background. */
  hide(): void {
    clearTimeout(this.#takeover);
    this.#takeover = undefined;
    if (!this.#stream) return;
    if (this.#alone) this.#takeover = setTimeout(() => this.#rest(), ALONE_PATIENCE);
    else this.#tellState(this.#stream.state.position);
  }

  /** A browser has six connections to one server: tabs that cannot share one hold it only while they are looked at. */
  #leadAlone(): void {
    if (this.#isHidden()) this.#rest();
    else this.#lead();
  }

  #rest(): void {
    if (!this.#isHidden()) return;
    this.#stepDown();
    this.options.onState({ open: false, reason: "asleep", reachable: true, over: false, attempts: 0, position: this.#thread.position });
  }

  async #elected(): Promise<void> {
    if (this.#thread.position === undefined) await this.#ask();
    if (this.#office.holds && !this.#stream) this.#lead();
  }

  /** Those who wait behind this tab know where the stream was; a tab that only just came does not. */
  async #ask(): Promise<void> {
    this.#census = undefined;
    if (!(await this.#office.hasOthers())) return;
    this.#channel.post({ kind: "where" });
    await new Promise((done) => setTimeout(done, CENSUS));
    this.#thread.position ??= this.#census;
  }

  #deposed(): void {
    this.options.onEvent("hand-over", "another tab took over");
    this.#stepDown();
    this.#heardAt = Date.now();
    this.#office.queue();
    this.#join();
  }

  #lead(): void {
    this.options.onEvent("leader", this.#alone ? "this tab has a stream of its own" : "this tab holds the stream for all tabs");
    this.#leaderHidden = undefined;
    this.#stream = new Stream({
      ...this.options,
      position: this.#thread.position,
      onDelivery: (delivery, before) => this.#pass(delivery, before),
      onState: (_state, before) => this.#tellState(before),
      onEvent: (event, detail) => this.#tellEvent(event, detail),
    });
    this.#stream.open();
  }

  #pass(delivery: Delivery, before: Position | undefined): void {
    if (!this.#stream) return;
    this.#thread.position = this.#stream.state.position;
    if (!this.#alone) this.#channel.post({ kind: "delivery", delivery, before });
    this.#deliver(delivery);
  }

  #tellState(before: Position | undefined): void {
    if (!this.#stream) return;
    const { state } = this.#stream;
    this.#state = state;
    this.#thread.position = state.position;
    if (!this.#alone) this.#channel.post({ kind: "state", state, before, hidden: this.#isHidden() });
    this.options.onState(state);
  }

  #tellEvent(event: TimelineKind, detail?: string): void {
    if (!this.#alone) this.#channel.post({ kind: "event", event, detail });
    this.options.onEvent(event, detail);
  }

  #deliver(delivery: Delivery): void {
    this.#recent.add(delivery);
    const { type } = delivery.message;
    if (type === "initial" || type === "update") this.#counts = delivery;
    if (this.#state) this.options.onState({ ...this.#state, position: this.#thread.position, lastSeen: Date.now() });
    this.options.onDelivery(delivery);
  }

  #stepDown(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  #join(): void {
    this.#channel.post({ kind: "join", position: this.#thread.position });
  }

  #hear(note: Note, from: string): void {
    if (note.kind === "close") return this.#signedOut();
    if (note.kind === "where" && this.#thread.position) return this.#channel.post({ kind: "here", position: this.#thread.position });
    if (note.kind === "here") this.#census = later(note.position, this.#census);
    else if (this.#stream) this.#hearAsLeader(note, from, this.#stream);
    else if (!this.#alone) this.#hearLeader(note);
  }

  #hearAsLeader(note: Note, from: string, stream: Stream): void {
    if (note.kind === "join") this.#receive(note.position, from, stream);
    if (note.kind === "wake" && note.why !== "network") stream.wake(note.why); // a leader hears of the network itself
    if (note.kind === "drop") stream.cut();
  }

  #receive(position: Position | undefined, to: string, stream: Stream): void {
    const missed = position && this.#recent.since(position);
    this.#channel.post({ kind: "welcome", to, position: stream.state.position, missed: missed || undefined, counts: this.#counts });
    this.#tellState(stream.state.position);
  }

  #hearLeader(note: Note): void {
    if (note.kind === "welcome") return note.to === this.#channel.tab ? this.#welcomed(note) : undefined;
    if (note.kind !== "delivery" && note.kind !== "state" && note.kind !== "event") return;
    this.#heardAt = Date.now();
    if (note.kind === "delivery") this.#thread.take(note.delivery, note.before);
    if (note.kind === "event") this.options.onEvent(note.event, note.detail, "leader");
    if (note.kind === "state") this.#heed(note.state, note.before, note.hidden);
  }

  #welcomed(note: Note & { kind: "welcome" }): void {
    this.options.onEvent("follower", note.missed?.length ? `caught up with ${note.missed.length} messages` : "another tab holds the stream");
    this.#thread.welcome(note);
  }

  #heed(state: StreamState, before: Position | undefined, hidden: boolean): void {
    this.#state = state;
    this.#thread.follow(state.position, before);
    this.#leaderHidden = hidden ? (this.#leaderHidden ?? Date.now()) : undefined;
    this.options.onState(state);
    this.#look();
  }

  #signedOut(): void {
    this.close();
    this.options.onEvent("signed-out", "in another tab");
    this.options.onState({ open: false, reason: "signed-out", reachable: true, over: true, attempts: 0 });
  }

  /** Every few seconds: a leader says that it is there; a tab that is looked at sees whether its leader is. */
  #look(): void {
    if (this.#stream) return this.#alone ? undefined : this.#tellState(this.#stream.state.position);
    if (this.#alone || !this.#isOpen || this.#isHidden()) return;
    if (Date.now() - this.#heardAt >= LEADER_SILENCE) return this.#stepIn("the leading tab fell silent");
    if (this.#leaderHidden === undefined) {
      clearTimeout(this.#takeover);
      this.#takeover = undefined;
    } else {
      const wait = this.#leaderHidden + HIDDEN_PATIENCE - Date.now();
      this.#takeover ??= setTimeout(() => this.#stepIn("the leading tab is hidden"), Math.max(0, wait) + Math.random() * SPREAD);
    }
  }

  #stepIn(why: string): void {
    clearTimeout(this.#takeover);
    this.#takeover = undefined;
    if (this.#stream || !this.#isOpen || this.#isHidden()) return;
    this.#heardAt = Date.now();
    this.options.onEvent("hand-over", why);
    this.#office.stepIn();
  }

  #isHidden(): boolean {
    return this.options.hidden?.() ?? document.visibilityState === "hidden";
  }
}
