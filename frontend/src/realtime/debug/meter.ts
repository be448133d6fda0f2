/** How long a committed change takes to this browser and to the screen: measured on rows marked `data-record`, `data-version`. */
import type { ChangeMessage, Message } from "../types";
import type { Clock } from "./clock";

/** One change of one record. Times are this computer's, epoch milliseconds. */
export interface Sample {
  committedAt: number;
  receivedAt: number;
  /** When the frame that shows it was done; undefined while no row of it is on the screen. */
  paintedAt?: number | undefined;
}

export interface Figures {
  count: number;
  p50: number;
  p95: number;
  most: number;
}

interface Pending {
  change: ChangeMessage;
  sample: Sample;
  /** It was on the screen when its removal was told. */
  leaves: boolean;
  /** The page it came to: what appears because somebody went elsewhere is no measure. */
  page: string;
}

export const MOST_SAMPLES = 500;
/** A row that has not come by then is on another page of its list. Milliseconds. */
const PATIENCE = 5_000;
const MOST_PENDING = 200;
const REMOVALS = new Set(["deleted", "quarantined", "purged"]);

/** What the screen shows: the highest version drawn of each marked record. */
type Shown = ReadonlyMap<string, number>;

export class Meter {
  #list: readonly Sample[] = [];
  #pending: Pending[] = [];
  #frame: number | undefined;
  /** When the present connection greeted: what was committed before is caught up, and no measure of speed. */
  #since = Date.now();
  /** How many of those came. */
  caughtUp = 0;

  constructor(
    private readonly clock: Clock,
    private readonly tell: () => void,
  ) {}

  samples = (): readonly Sample[] => this.#list;

  clear(): void {
    this.#list = [];
    this.#pending = [];
    this.caughtUp = 0;
    this.tell();
  }

  hear(message: Message, at: number): void {
    if (message.type === "hello") this.#since = at;
    if (message.type !== "change" || message.recordId === undefined) return;
    const committedAt = Date.parse(message.committedAt ?? message.timestamp) + this.clock.offset;
    if (committedAt < this.#since) this.caughtUp += 1;
    else if (!Number.isNaN(committedAt)) this.#take(message, { committedAt, receivedAt: at });
  }

  #take(change: ChangeMessage, sample: Sample): void {
    const shown = readShown();
    const version = shown.get(String(change.recordId));
    const leaves = REMOVALS.has(change.action);
    if (!leaves && version !== undefined && version >= (change.version ?? 0)) return; // this tab's own edit, shown already
    this.#list = [...this.#list.slice(1 - MOST_SAMPLES), sample];
    if (document.visibilityState === "visible" && (!leaves || version !== undefined)) this.#watch({ change, sample, leaves, page: location.href });
  }

  #watch(pending: Pending): void {
    this.#pending = [...this.#pending.slice(1 - MOST_PENDING), pending];
    this.#frame ??= requestAnimationFrame(this.#look);
  }

  /** What stands in the document when a frame begins is on the screen when the next one does. */
  readonly #look = (): void => {
    const shown = readShown();
    const isDrawn = ({ change, leaves }: Pending) => {
      const version = shown.get(String(change.recordId));
      return leaves ? version === undefined : version !== undefined && version >= (change.version ?? 0);
    };
    const oldest = Date.now() - PATIENCE;
    const waiting = this.#pending.filter(({ sample, page }) => sample.receivedAt >= oldest && page === location.href);
    const drawn = waiting.filter(isDrawn);
    this.#pending = waiting.filter((each) => !drawn.includes(each));
    if (drawn.length > 0) requestAnimationFrame(() => this.#painted(drawn));
    this.#frame = this.#pending.length > 0 ? requestAnimationFrame(this.#look) : undefined;
  };

  #painted(drawn: Pending[]): void {
    const paintedAt = preciseNow();
    for (const { sample } of drawn) sample.paintedAt = paintedAt;
    this.#list = [...this.#list];
    this.tell();
  }
}

/** Epoch milliseconds with fractions. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

function readShown(): Shown {
  const shown = new Map<string, number>();
  for (const row of document.querySelectorAll<HTMLElement>("[data-record]")) {
    const id = row.dataset["record"] ?? "";
    shown.set(id, Math.max(shown.get(id) ?? 0, Number(row.dataset["version"] ?? 0)));
  }
  return shown;
}

/** Nearest-rank percentiles; undefined of nothing. */
export function figures(values: readonly number[]): Figures | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { count: sorted.length, p50: rank(0.5), p95: rank(0.95), most: sorted.at(-1)! };
}
