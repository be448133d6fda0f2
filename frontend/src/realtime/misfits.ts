/** Records of which a change in between is missing: gathered for a moment, then each fetched alone, or many as their lists. */
import { PAUSE } from "./pace";
import type { Told } from "./patch";
import type { Rec } from "./types";

const MOMENT = 50;
/** More at once are cheaper as one refetch of the list. */
const FEW = 5;

export interface MisfitsOptions {
  fetchRecord: (resource: string, id: string) => Promise<Rec>;
  /** The newest version of a record that any answer holds. */
  held: (resource: string, id: string) => Rec | undefined;
  /** Puts a record into every answer that holds an older version. */
  put: (resource: string, record: Rec) => void;
  /** Fetches every answer that holds one of the records. */
  refetch: (resource: string, ids: readonly string[]) => void;
}

export class Misfits {
  /** By resource, the version that each record must reach. */
  readonly #waiting = new Map<string, Map<string, number>>();
  readonly #fetched = new Map<string, number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(private readonly options: MisfitsOptions) {}

  add(resource: string, misfits: readonly Told[]): void {
    if (misfits.length === 0) return;
    const known = this.#waiting.get(resource);
    const wanted = known ?? new Map<string, number>();
    for (const { recordId, version = Infinity } of misfits) wanted.set(recordId!, Math.max(version, wanted.get(recordId!) ?? 0));
    if (known) return;
    this.#waiting.set(resource, wanted);
    const next = (this.#fetched.get(resource) ?? 0) + PAUSE;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fetch(resource, wanted);
    }, Math.max(MOMENT, next - Date.now()));
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
  }

  #fetch(resource: string, wanted: Map<string, number>): void {
    this.#waiting.delete(resource);
    const ids = [...wanted].flatMap(([id, version]) => (this.#isElsewhere(resource, id, version) ? [] : [id]));
    if (ids.length > 0) this.#fetched.set(resource, Date.now());
    if (ids.length > FEW) return this.options.refetch(resource, ids);
    for (const id of ids) {
      this.options.fetchRecord(resource, id).then(
        (record) => this.options.put(resource, record),
        () => this.options.refetch(resource, [id]), // gone or out of reach: the list's own fetch tells which
      );
    }
  }

  /** Whether the version is here already, in one answer for all; or the record in none any more. */
  #isElsewhere(resource: string, id: string, version: number): boolean {
    const best = this.options.held(resource, id);
    if (best && best.version >= version) this.options.put(resource, best);
    return !best || best.version >= version;
  }
}
