/** Changing a record: shown at once, taken back when the server refuses, no flicker from its own echo. */
import type { Store } from "./store";
import type { Rec } from "./types";

export interface Edit {
  resource: string;
  id: string;
  fields: Record<string, unknown>;
  /** The version the edit was made on; the server refuses with 412 when the record has gone on. */
  version?: number | undefined;
}

type Send = (path: string, init?: RequestInit) => Promise<Response>;

export class Edits {
  constructor(
    private readonly store: Store,
    private readonly send: Send,
  ) {}

  /** Gives the record as it now stands; throws RequestFailed, with everything shown as it was before. */
  async apply(edit: Edit): Promise<Rec> {
    const { resource, id, fields } = edit;
    const before = this.store.held(resource, id);
    this.store.pending.set(id, fields);
    this.store.overwrite(resource, id, (record) => ({ ...record, ...fields }));
    try {
      const record = await this.patch(edit);
      this.store.pending.delete(id);
      this.store.put(resource, record);
      return record;
    } catch (error) {
      this.store.pending.delete(id);
      this.takeBack(resource, id, before);
      throw error;
    }
  }

  async fetchRecord(resource: string, id: string): Promise<Rec> {
    const reply = await this.send(`/api/admin/${resource}/${encodeURIComponent(id)}`);
    return (await reply.json()) as Rec;
  }

  private async patch({ resource, id, fields, version }: Edit): Promise<Rec> {
    const headers = new Headers({ "Content-Type": "application/json", "X-Mutation-Id": crypto.randomUUID() });
    if (version !== undefined) headers.set("If-Match", `"${version}"`);
    const path = `/api/admin/${resource}/${encodeURIComponent(id)}`;
    const reply = await this.send(path, { method: "PATCH", headers, body: JSON.stringify(fields) });
    return (await reply.json()) as Rec;
  }

  /** The old values return where nothing else has happened since; then the truth is fetched either way. */
  private takeBack(resource: string, id: string, before: Rec[]): void {
    this.store.overwrite(resource, id, (record) => before.find((old) => old.version === record.version) ?? record);
    this.fetchRecord(resource, id).then(
      (record) => this.store.put(resource, record),
      () => this.store.refresh([resource]),
    );
  }
}
