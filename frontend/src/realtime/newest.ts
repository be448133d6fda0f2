/** The newest version of each record that an answer brought lately: once it was shown somewhere, no place shows an older one. */
import { find, recordsIn, whole, type Told } from "./patch";
import type { Rec } from "./types";

/** An answer that travels for longer than this is not expected. Milliseconds. */
const SPAN = 30_000;

export class Newest {
  readonly #kept = new Map<string, Map<string, { record: Rec; at: number }>>();

  /** Keeps what an answer brought that was not there before, and gives it by id. */
  learn(resource: string, body: unknown, before: unknown): ReadonlyMap<string, Rec> {
    const at = Date.now();
    const kept = this.#tidied(resource, at - SPAN);
    const fresh = new Map<string, Rec>();
    for (const record of recordsIn(body)) {
      if (find(before, record.id) === record) continue;
      const known = kept.get(record.id);
      if (known && known.record.version >= record.version) continue;
      kept.delete(record.id); // to the end: the oldest stand first
      kept.set(record.id, { record, at });
      fresh.set(record.id, record);
    }
    return fresh;
  }

  /** What brings older records up to what is known. */
  over(resource: string, records: readonly Rec[]): Told[] {
    const kept = this.#kept.get(resource);
    return kept ? newer(resource, records, (id) => kept.get(id)?.record) : [];
  }

  clear(): void {
    this.#kept.clear();
  }

  #tidied(resource: string, oldest: number): Map<string, { record: Rec; at: number }> {
    const kept = this.#kept.get(resource) ?? new Map<string, { record: Rec; at: number }>();
    this.#kept.set(resource, kept);
    for (const [id, { at }] of kept) {
      if (at >= oldest) break;
      kept.delete(id);
    }
    return kept;
  }
}

/** The records of which a newer version is known, as changes. */
export function newer(resource: string, records: readonly Rec[], known: (id: string) => Rec | undefined): Told[] {
  return records.flatMap(({ id, version }) => {
    const record = known(id);
    return record && record.version > version ? [whole(resource, record)] : [];
  });
}
