/** A small server that keeps the contract: records with versions, a feed with positions that lags behind, lists, deltas, conflicts. */
import { FakeSource } from "./doubles";
import type { Rec } from "../../src/realtime";

export type Random = () => number;

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Published {
  at: number;
  message: Record<string, unknown>;
}

const RESOURCE = "businesses";

export class Model {
  readonly records = new Map<string, Rec>();
  private readonly trash = new Map<string, Rec>();
  private readonly feed: Published[] = [];
  private outbox: Record<string, unknown>[] = [];
  private count = 0;
  /** Positions up to here are forgotten: who asks for them is lost. */
  trimmed = 0;
  /** How often a request is lost on its way, there or back; 1: the server is away. */
  failing = 0;
  private readonly written: string[] = [];
  /** What each mutation wrote, as the audit trail tells. */
  readonly trail: { mutationId: string; recordId: string; action: string }[] = [];
  /** The values of each record at each of its versions. */
  private readonly past = new Map<string, Rec>();

  constructor(readonly random: Random) {
    for (let n = 0; n < 8; n += 1) this.create({ name: `n${n % 3}` });
    this.publish();
  }

  pick(): Rec | undefined {
    const all = [...this.records.values()];
    return all[Math.floor(this.random() * all.length)];
  }

  create(fields: object, mutationId?: string): Rec {
    const id = `id${(this.count += 1)}`;
    const createdAt = String(100 + Math.floor(this.random() * 900));
    const record: Rec = { id, version: 1, name: "new", status: "NEW", createdAt, ...fields };
    this.records.set(id, record);
    this.tell({ recordId: id, action: "created", version: 1, patch: record, mutationId });
    return record;
  }

  update(id: string, fields: object, mutationId?: string): Rec {
    const before = this.records.get(id)!;
    const record = { ...before, ...fields, version: before.version + 1 };
    this.records.set(id, record);
    const patch = this.random() < 0.1 ? {} : { patch: { ...fields, version: record.version } };
    this.tell({ recordId: id, action: "updated", version: record.version, baseVersion: before.version, ...patch, mutationId });
    return record;
  }

  remove(id: string, mutationId?: string): void {
    const before = this.records.get(id)!;
    this.records.delete(id);
    this.trash.set(id, before);
    this.tell({ recordId: id, action: "deleted", version: before.version + 1, baseVersion: before.version, mutationId });
  }

  restore(): void {
    const [id, record] = [...this.trash][0] ?? [];
    if (!id || !record) return;
    this.trash.delete(id);
    this.records.set(id, record);
    this.tell({ recordId: id, action: "restored", version: record.version, patch: record });
  }

  /** How often a request wrote this name, or deleted this record. */
  made(what: string): number {
    return this.written.filter((each) => each === what).length;
  }

  /** Many records in one transaction: announced as one. */
  sweep(): void {
    for (const { id, version } of this.records.values()) {
      const record = { ...this.records.get(id)!, status: "DONE", version: version + 1 };
      this.records.set(id, record);
      this.past.set(`${id}@${record.version}`, record);
    }
    this.outbox.push({ action: "many", count: this.records.size, touched: [...this.records.keys()] });
  }

  private tell(message: Record<string, unknown>): void {
    this.outbox.push(message);
    const [recordId, mutationId] = [String(message["recordId"]), message["mutationId"] as string | undefined];
    if (mutationId) this.trail.push({ mutationId, recordId, action: String(message["action"]) });
    const record = this.records.get(recordId);
    if (record) this.past.set(`${recordId}@${record.version}`, record);
  }

  /** Which of the values others have changed since a version. */
  private clashes(record: Rec, version: number, values: object): { field: string; message: string }[] {
    const then = this.past.get(`${record.id}@${version}`);
    return Object.keys(values).filter((field) => then?.[field] !== record[field]).map((field) => ({ field, message: "was changed meanwhile" }));
  }

  /** The relay: what was committed gets its position, some time later. */
  publish(): void {
    for (const message of this.outbox) this.feed.push({ at: this.feed.length + 1, message });
    this.outbox = [];
  }

  get head(): string {
    return `${this.feed.length}-0`;
  }

  /** What a stream that has all up to `after` is sent next. */
  next(after: number): Published | undefined {
    return this.feed[after];
  }

  list(query: URLSearchParams): { items: Rec[]; page: number; limit: number; total: number } {
    const [page, limit] = [Number(query.get("page") ?? 1), Number(query.get("limit") ?? 20)];
    const sort = query.get("sort") ?? "-createdAt";
    const [field, way] = [sort.replace("-", ""), sort.startsWith("-") ? -1 : 1];
    const status = query.get("status");
    const all = [...this.records.values()].filter((record) => !status || record["status"] === status);
    const order = (one: unknown, other: unknown) => (String(one) < String(other) ? -1 : Number(String(one) > String(other)));
    all.sort((one, other) => way * (order(one[field], other[field]) || order(one.id, other.id)));
    return { items: all.slice((page - 1) * limit, page * limit), page, limit, total: all.length };
  }

  private since(after: number): object {
    const ids = new Set(this.feed.slice(after).flatMap(({ message }) => (message["touched"] as string[] | undefined) ?? [String(message["recordId"])]));
    const items = [...ids].flatMap((id) => this.records.get(id) ?? []);
    return { items, deleted: [...ids].filter((id) => !this.records.has(id)), position: this.head };
  }

  /** Answers a request as things stand now. */
  answer(path: string, init: RequestInit = {}): { status: number; body?: unknown } {
    const url = new URL(path, "http://model");
    const [resource, id, part] = url.pathname.split("/").slice(3);
    const headers = new Headers(init.headers);
    const mutation = headers.get("X-Mutation-Id") ?? undefined;
    const values = init.body ? (JSON.parse(String(init.body)) as object) : {};
    if (resource === "audit") return { status: 200, body: { items: [...this.trail].reverse() } };
    if (init.method === "POST") {
      this.written.push((values as Rec)["name"] as string);
      return { status: 201, body: this.create(values, mutation) };
    }
    if (id === undefined) return this.listed(url.searchParams);
    if (part === "history") return { status: 200, body: this.versions(id) };
    if (url.searchParams.has("asOf")) return { status: 200, body: this.past.get(`${id}@1`) };
    const record = this.records.get(id);
    if (!record) return { status: 404, body: { detail: "gone" } };
    const condition = headers.get("If-Match");
    if (condition && condition !== `"${record.version}"`) {
      const errors = this.clashes(record, Number(condition.replaceAll('"', "")), values);
      return { status: 412, body: { code: "precondition-failed", detail: "Changed.", errors, current: record } };
    }
    if (init.method) this.written.push(init.method === "PATCH" ? ((values as Rec)["name"] as string) : id);
    if (init.method === "PATCH") return { status: 200, body: this.update(id, values, mutation) };
    if (init.method === "DELETE") this.remove(id, mutation);
    return { status: init.method === "DELETE" ? 204 : 200, body: record };
  }

  /** The versions of a record that there ever were, the newest first. */
  versions(id: string): { items: object[]; page: number; limit: number; total: number } {
    const mine = [...this.past.values()].filter((each) => each.id === id).reverse();
    return { items: mine.map(({ version }) => ({ changeId: version, version })), page: 1, limit: 20, total: mine.length };
  }

  private listed(query: URLSearchParams): { status: number; body: unknown } {
    const since = query.get("since");
    if (since === null) return { status: 200, body: this.list(query) };
    const after = Number(since.split("-")[0]);
    return after < this.trimmed ? { status: 410, body: { code: "position-lost" } } : { status: 200, body: this.since(after) };
  }

  /** A fetch that travels: there, a snapshot, and back; positions are read before the data. */
  fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    if (path.startsWith("/api/auth") && this.failing < 1) return new Response("{}");
    await this.travel();
    if (this.random() < this.failing) throw new TypeError("Failed to fetch");
    const position = this.head;
    const { status, body } = this.answer(path, init);
    const copy = body === undefined || status === 204 ? null : JSON.stringify(body);
    await this.travel();
    if (this.random() < this.failing) throw new TypeError("Failed to fetch");
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(copy, { status, headers: { "X-Feed-Position": position, "Content-Type": type } });
  };

  private travel(): Promise<void> {
    return new Promise((done) => setTimeout(done, Math.floor(this.random() * 120)));
  }
}

/** The stream's other end: an EventSource fed by the model, in order, a while behind. */
export function streamOf(model: Model): typeof FakeSource {
  return class extends FakeSource {
    private at: number;

    constructor(url: URL) {
      super(url);
      const from = url.searchParams.get("lastEventId");
      this.at = from === null ? Number.NaN : Number(from.split("-")[0]);
      setTimeout(() => this.begin(), 20);
    }

    private begin(): void {
      if (this.closed) return;
      if (model.failing === 1) return this.fail();
      const head = Number(model.head.split("-")[0]);
      const lost = this.at < model.trimmed || this.at > head;
      if (Number.isNaN(this.at) || lost) this.at = head;
      this.hello(model.head);
      if (lost) this.say({ type: "lost", position: model.head });
      this.pump();
    }

    private pump(): void {
      if (this.closed) return;
      for (let next = model.next(this.at); next; next = model.next(this.at)) {
        this.at = next.at;
        this.say({ type: "change", resource: RESOURCE, ...next.message }, `${next.at}-0`);
        if (model.random() < 0.3) break;
      }
      setTimeout(() => this.pump(), Math.floor(model.random() * 150));
    }
  };
}
