/** The last messages of the stream, kept in every tab: for tabs that were away for a while. */
import { compare } from "./position";
import type { Delivery, Position } from "./types";

export const MOST_RECENT = 200;

export class Recent {
  #kept: Delivery[] = [];
  /** Everything after this position is here. */
  #from: Position | undefined;

  /** Begins anew: what came up to here is not known. */
  begin(position: Position | undefined): void {
    this.#kept = [];
    this.#from = position;
  }

  add(delivery: Delivery): void {
    if (delivery.message.type === "lost") return this.begin(delivery.message.position);
    if (delivery.message.type === "hello") this.#from ??= delivery.message.position;
    if (delivery.position === undefined || delivery.message.type === "initial") return;
    this.#kept.push(delivery);
    if (this.#kept.length > MOST_RECENT) this.#from = this.#kept.shift()?.position;
  }

  /** What came after a position; undefined when that is not known any more. */
  since(position: Position): Delivery[] | undefined {
    if (this.#from === undefined || compare(position, this.#from) < 0) return undefined;
    return this.#kept.filter((delivery) => compare(delivery.position, position) > 0);
  }
}
