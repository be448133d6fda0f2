/** The newest version of each record that an answer brought lately: once it was shown somewhere, no place shows an older one. */
import { find, recordsIn, whole, type Told } from "./patch";
import type { Rec } from "./types";

/** An answer that travels for longer than this is not expected. Milliseconds. */
const SPAN = 30_000;

export class Newest {
  private readonly kept = new Map<string, { record: Rec; at: number }>();

  /** Keeps what an answer brought that was not there before, and gives it by id. */
  learn(resource: string, body: unknown, before: unknown): ReadonlyMap<string, Rec> {
    const at = Date.now();
    this.tidy(at - SPAN);
    const fresh = new Map<string, Rec>();
    for (const record of recordsIn(body)) {
      const key = `${resource}/${record.id}`;
      const known = this.kept.get(key);
      if (find(before, record.id) === record || (known && known.record.version >= record.version)) continue;
      this.kept.delete(key); // to the end: the oldest stand first
      this.kept.set(key, { record, at });
      fresh.set(record.id, record);
    }
    return fresh;
  }

  /** What brings the older records of an answer up to what is known. */
  over(resource: string, body: unknown): Told[] {
    if (this.kept.size === 0) return [];
    return newer(resource, body, (id) => this.kept.get(`${resource}/${id}`)?.record);
  }

  clear(): void {
    this.kept.clear();
  }

  private tidy(oldest: number): void {
    for (const [key, { at }] of this.kept) {
      if (at >= oldest) return;
      this.kept.delete(key);
    }
  }
}

/** The records of a body of which a newer version is known, as changes. */
export function newer(resource: string, body: unknown, known: (id: string) => Rec | undefined): Told[] {
  return recordsIn(body).flatMap(({ id, version }) => {
    const record = known(id);
    return record && record.version > version ? [whole(resource, record)] : [];
  });
}
