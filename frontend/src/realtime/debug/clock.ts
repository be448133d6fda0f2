/** How far this computer's clock is from the server's: bounds that each answer narrows, so that times of both may be compared. */

/** Local minus server, milliseconds: the true difference lies between the two. */
export interface Bounds {
  least: number;
  most: number;
}

/** Narrow enough: the rest is the journey of a request. Milliseconds. */
const NARROW = 8;
const MOST_PROBES = 10;
const SECOND = 1000;

/** Asks the server for the time; gives its `Date` header, or null where it may not be read. */
export type AskDate = () => Promise<string | null>;

export class Clock {
  #bounds: Bounds = { least: -Infinity, most: Infinity };

  /** What to take off a local time to have the server's; 0 while both may agree, or nothing is known. */
  get offset(): number {
    const { least, most } = this.#bounds;
    if (least <= 0 && most >= 0) return 0;
    return Number.isFinite(least) && Number.isFinite(most) ? (least + most) / 2 : 0;
  }

  /** How far off `offset` may be; undefined while it is not known both ways. */
  get uncertainty(): number | undefined {
    const { least, most } = this.#bounds;
    const off = Math.max(most - this.offset, this.offset - least);
    return Number.isFinite(off) ? off : undefined;
  }

  /** The server stamped something before it was received here. */
  received(stamp: string, at: number): void {
    const sent = Date.parse(stamp);
    if (!Number.isNaN(sent)) this.#narrow(-Infinity, at - sent);
  }

  /** The server's clock showed this whole second at some moment between `from` and `to`. */
  showed(second: number, from: number, to: number): void {
    this.#narrow(from - second - SECOND, to - second);
  }

  /**
   * Narrows the bounds by asking at chosen moments: `Date` has whole seconds, so each question is put where the second
   * would turn if the difference were the middle of what is possible, which halves it.
   */
  async measure(ask: AskDate, pause = wait, now = Date.now): Promise<void> {
    let journey = 0;
    for (let probe = 0; probe < MOST_PROBES && !(this.#width <= Math.max(NARROW, journey)); probe += 1) {
      await pause(this.#untilTurn(now() + journey / 2));
      const from = now();
      const second = Date.parse((await ask()) ?? "");
      const to = now();
      if (Number.isNaN(second)) return;
      this.showed(second, from, to);
      journey = to - from;
    }
  }

  get #width(): number {
    return this.#bounds.most - this.#bounds.least;
  }

  #untilTurn(local: number): number {
    const middle = (this.#bounds.least + this.#bounds.most) / 2;
    if (!Number.isFinite(middle)) return 0;
    return SECOND - modulo(local - middle, SECOND);
  }

  #narrow(least: number, most: number): void {
    const next = { least: Math.max(least, this.#bounds.least), most: Math.min(most, this.#bounds.most) };
    // a clock was set meanwhile: what was known of it is void
    this.#bounds = next.least <= next.most ? next : { least, most };
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
