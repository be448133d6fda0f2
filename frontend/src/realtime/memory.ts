/** The changes of the last 30 s, to be laid over answers that set out before them; and how far back it reaches. */
import type { Told } from "./patch";
import { compare, later } from "./position";
import type { Position } from "./types";

const SPAN = 30_000;
/** More changes than this are not worth keeping: an older answer is fetched again instead. */
const MOST = 20_000;

interface Kept {
  change: Told;
  /** Undefined for what one did oneself: the server confirmed it by an answer, not by the stream. */
  position: Position | undefined;
  at: number;
}

export class Memory {
  #kept: Kept[] = [];
  /** All that lies after this is known here; an answer from before it may lack something nobody tells any more. */
  floor: Position | undefined;

  keep(change: Told, position: Position | undefined): void {
    if (position && change.mutationId) this.#kept = this.#kept.filter((kept) => kept.position ?? kept.change.mutationId !== change.mutationId);
    this.#kept.push({ change, position, at: Date.now() });
    if (this.#kept.length > MOST) this.#drop(MOST / 2);
  }

  /** Whether the stream has told of an edit of ours: then all that followed it is, or will be, told too. */
  hasEcho(mutationId: string | undefined): boolean {
    return mutationId !== undefined && this.#kept.some(({ change, position }) => position && change.mutationId === mutationId);
  }

  clear(floor: Position): void {
    this.#kept = [];
    this.floor = floor;
  }

  /** Whether an answer of this position lacks what is forgotten, or was never told. */
  isBefore(position: Position | undefined): boolean {
    this.#tidy();
    return this.floor !== undefined && compare(position, this.floor) < 0;
  }

  /** What an answer, asked for at a time and true up to a position, may lack: in the order it happened. */
  since(resource: string, position: Position | undefined, at: number): Told[] {
    this.#tidy();
    const lacking = (kept: Kept) => (kept.position === undefined ? kept.at >= at : compare(kept.position, position) > 0);
    return this.#kept.flatMap((kept) => (kept.change.resource === resource && lacking(kept) ? [kept.change] : []));
  }

  #tidy(): void {
    const oldest = Date.now() - SPAN;
    if (this.#kept[0] && this.#kept[0].at < oldest) this.#drop(this.#kept.filter(({ at }) => at < oldest).length);
  }

  #drop(count: number): void {
    for (const { position } of this.#kept.splice(0, count)) this.floor = later(position, this.floor);
  }
}
