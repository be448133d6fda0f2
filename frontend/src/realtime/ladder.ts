/** Which transport is tried: the first one that comes through; another after two openings that came to nothing. */
import type { Transport } from "./connection";

const MISSES = 2;

export class Ladder {
  #rung = 0;
  #misses = 0;

  constructor(private readonly transports: readonly Transport[]) {}

  get transport(): Transport {
    return this.transports[this.#rung] ?? "sse";
  }

  /** It carried something: it stays the one to try. */
  held(): void {
    this.#misses = 0;
  }

  /** An opening came to nothing though the server answers. Whether another transport is tried next. */
  missed(): boolean {
    this.#misses += 1;
    if (this.#misses < MISSES || this.transports.length < 2) return false;
    this.#misses = 0;
    this.#rung = (this.#rung + 1) % this.transports.length;
    return true;
  }
}
