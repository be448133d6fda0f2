/** Edits on one list, and a server that writes what it is sent. */
import type { Rec } from "../../src/realtime";
import { list, reply } from "./doubles";
import { business, PATH, type Stage } from "./stage";

export const LIST = `${PATH}?page=1&limit=20`;
export const ONE = `${PATH}/a`;
export const TRAIL = "/api/admin/audit";
export const resource = "businesses";

export const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

/** A live stage that shows one record. */
export async function begin(stage: Stage): Promise<void> {
  stage.answers[LIST] = () => reply(list(business(1)), "5-0");
  await stage.follow(LIST);
  await stage.live("5-0");
  stage.asked.length = 0;
}

export function rename(stage: Stage, name: string, more: object = {}): Promise<unknown> {
  return outcome(stage.realtime.mutate({ resource, id: "a", fields: { name }, ...more }));
}

/** A server that writes what it is sent, and says so in the audit trail; `lose`: its answers do not arrive. */
export function write(stage: Stage, record: Rec, { lose = 0 } = {}): { written: unknown[] } {
  const written: unknown[] = [];
  const trail: object[] = [];
  let [now, left] = [record, lose];
  const store = ({ headers, body, method }: { headers: Headers; body: unknown; method: string }) => {
    const id = method === "POST" ? "new" : "a";
    now = method === "POST" ? { ...(body as object), id, version: 1 } : { ...now, ...(body as object), version: now.version + 1 };
    written.push(body);
    trail.unshift({ mutationId: headers.get("X-Mutation-Id"), recordId: id });
    if ((left -= 1) >= 0) throw new TypeError("Failed to fetch");
    return reply(now, undefined, method === "POST" ? 201 : 200);
  };
  stage.answers[`PATCH ${ONE}`] = store;
  stage.answers[`POST ${PATH}`] = store;
  stage.answers[ONE] = () => reply(now);
  stage.answers[`${PATH}/new`] = () => reply(now);
  for (const which of ["recordId=a", "action=created"]) stage.answers[`${TRAIL}?resource=${resource}&${which}&page=1&limit=500`] = () => reply({ items: trail });
  return { written };
}

/** A server that minds the version an edit was made on, as the real one does; `lose`: so many of its answers do not arrive. */
export class Strict {
  private readonly changes: { version: number; fields: string[] }[] = [];
  private readonly trail: object[] = [];

  constructor(stage: Stage, public now: Rec, public lose = 0) {
    stage.answers[`PATCH ${ONE}`] = ({ headers, body }) => this.patch(headers, body as Record<string, unknown>);
    stage.answers[ONE] = () => reply(this.now);
    stage.answers[`${TRAIL}?resource=${resource}&recordId=a&page=1&limit=500`] = () => reply({ items: this.trail });
  }

  /** Somebody's write; `mutationId`: ours. */
  write(fields: Record<string, unknown>, mutationId: string | null = null): void {
    this.now = { ...this.now, ...fields, version: this.now.version + 1 };
    this.changes.push({ version: this.now.version, fields: Object.keys(fields) });
    this.trail.unshift({ mutationId, recordId: "a", version: this.now.version });
  }

  private patch(headers: Headers, body: Record<string, unknown>): Response {
    const base = Number(headers.get("If-Match")?.slice(1, -1) ?? this.now.version);
    if (base !== this.now.version) {
      const changed = new Set(this.changes.flatMap(({ version, fields }) => (version > base ? fields : [])));
      const errors = Object.keys(body).flatMap((field) => (changed.has(field) ? [{ field, message: "was changed meanwhile" }] : []));
      return reply({ code: "precondition-failed", errors, current: this.now }, undefined, 412);
    }
    this.write(body, headers.get("X-Mutation-Id"));
    if ((this.lose -= 1) >= 0) throw new TypeError("Failed to fetch");
    return reply(this.now);
  }
}
