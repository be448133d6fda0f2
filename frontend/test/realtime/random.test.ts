/** Whatever changes, answers and losses come in whatever order: in the end every endpoint shows what the server has. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Conflict, createRealtime, RequestFailed, type Rec, type Realtime, type Snapshot } from "../../src/realtime";
import { FakeSource } from "./doubles";
import { Model, seeded, streamOf } from "./model";

const PATH = "/api/admin/businesses";
const ENDPOINTS = ["", "?page=1&limit=5", "?page=2&limit=3", "?status=NEW&page=1&limit=4", "?status=NEW", "?sort=name&page=1&limit=6", "?sort=createdAt", "/id3", "/id3/history", "/id3?asOf=then"];
/** What shows records as they are now. */
const NOW = /^(?!.*(history|then)$)/;
const SEEDS = Array.from({ length: Number(process.env["SEEDS"] ?? 60) }, (_, index) => index + 1);
const STEPS = 80;

let realtime: Realtime;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("BroadcastChannel", undefined);
  FakeSource.all = [];
});

afterEach(() => {
  realtime.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

class Reader {
  readonly shown = new Map<string, Snapshot<Rec[] | Rec>>();
  readonly faults: string[] = [];
  private readonly newest = new Map<string, number>();
  private readonly stops = new Map<string, () => void>();

  toggle(query: string): void {
    const stop = this.stops.get(query);
    stop?.();
    if (stop) this.stops.delete(query);
    else this.open(query);
  }

  open(query: string): void {
    if (this.stops.has(query)) return;
    this.stops.set(query, realtime.subscribe<Rec[] | Rec>(PATH + query, (snapshot) => this.see(query, snapshot)));
  }

  /** Nobody is ever shown an older version of a record than before. */
  private see(query: string, snapshot: Snapshot<Rec[] | Rec>): void {
    this.shown.set(query, snapshot);
    const rows = snapshot.data === undefined || !NOW.test(query) ? [] : [snapshot.data].flat();
    for (const { id, version } of rows.filter((row) => row.version > 0)) {
      const before = this.newest.get(id) ?? 0;
      if (version < before) this.faults.push(`${query}: ${id} went from ${before} back to ${version}`);
      this.newest.set(id, Math.max(before, version));
    }
  }

  close(): void {
    for (const stop of this.stops.values()) stop();
  }
}

/** What one wanted, and what came of it. */
interface Wish {
  kind: "create" | "update" | "delete";
  name: string;
  outcome: Promise<unknown>;
}

class Writer {
  readonly wishes: Wish[] = [];

  constructor(private readonly model: Model) {}

  update({ id, version }: Rec): void {
    const name = this.fresh();
    const { random } = this.model;
    const seen = random() < 0.5 ? {} : { version: Math.max(1, version - Math.floor(random() * 3)) };
    this.wish("update", name, realtime.mutate({ resource: "businesses", id, fields: { name }, ...seen, wait: random() < 0.8 }));
  }

  create(): void {
    const name = this.fresh();
    this.wish("create", name, realtime.mutate({ resource: "businesses", create: { name } }));
  }

  remove({ id }: Rec): void {
    if (this.wishes.some(({ name }) => name === id)) return; // once each, to be counted
    this.wish("delete", id, realtime.mutate({ resource: "businesses", id, delete: true }));
  }

  /** Who is told that it went well finds it made, once; who is told that it did not, finds nothing made. */
  async judge(): Promise<void> {
    for (const { kind, name, outcome } of this.wishes) {
      const told = await outcome;
      const made = this.model.made(name);
      if (!(told instanceof Error)) expect({ kind, made }).toEqual({ kind, made: 1 });
      else if (!(told instanceof RequestFailed)) throw told;
      else if (told.code === "gone-since") expect({ kind, made }).toEqual({ kind, made: 1 });
      else if (told.code !== "unsure") expect({ kind, told: told.code, made }).toEqual({ kind, told: told.code, made: 0 });
      if (told instanceof Conflict) expect(told.theirs).toBeDefined();
      if (told instanceof Conflict && kind === "update") expect(told.yours).toEqual({ name });
    }
  }

  private fresh(): string {
    return `mine ${this.wishes.length}`;
  }

  private wish(kind: Wish["kind"], name: string, promise: Promise<unknown>): void {
    this.wishes.push({ kind, name, outcome: promise.catch((error: unknown) => error) });
  }
}

/** One thing happens: at the server, on the way, or at the reader's hand. */
function step(model: Model, reader: Reader, writer: Writer): void {
  const { random } = model;
  const some = model.pick();
  const dice = Math.floor(random() * 14);
  const word = ["NEW", "DONE", "n1", "n2"][Math.floor(random() * 4)]!;
  const fields = word.startsWith("n") ? { name: word } : { status: word };
  if (dice < 3 && some) model.update(some.id, fields);
  if (dice === 3) model.create({ name: word });
  if (dice === 4 && some) model.remove(some.id);
  if (dice === 5) model.restore();
  if (dice === 6 && random() < 0.3) model.sweep();
  if (dice === 7) reader.toggle(ENDPOINTS[Math.floor(random() * ENDPOINTS.length)]!);
  if (dice === 8) FakeSource.all.at(-1)?.fail();
  if (dice === 9 && random() < 0.5) model.trimmed = Number(model.head.split("-")[0]);
  if (dice === 10) model.failing = [0, 0, 0.3, 1][Math.floor(random() * 4)]!;
  if (dice === 11 && some) writer.update(some);
  if (dice === 12) writer.create();
  if (dice === 13 && some && random() < 0.5) writer.remove(some);
  if (random() < 0.6) model.publish();
}

/** What the server would show. */
function truth(model: Model, query: string): unknown {
  if (query.endsWith("history")) return model.versions("id3").items;
  if (query.endsWith("then")) return model.answer(PATH + query).body;
  if (query.startsWith("/")) return model.records.get(query.slice(1));
  const params = new URLSearchParams(query);
  if (!params.has("limit")) params.set("limit", "500");
  return model.list(params).items;
}

/** Every fifth has no stream at all and lives by polling. */
test.each(SEEDS)("seed %i", async (seed) => {
  const model = new Model(seeded(seed));
  vi.spyOn(Math, "random").mockImplementation(model.random);
  vi.stubGlobal("EventSource", streamOf(model));
  realtime = createRealtime("", { fetch: model.fetch, options: { enableSSE: seed % 5 > 0 } });
  const reader = new Reader();
  const writer = new Writer(model);
  reader.open("");
  reader.open("?page=1&limit=5");
  for (let done = 0; done < STEPS; done += 1) {
    step(model, reader, writer);
    await vi.advanceTimersByTimeAsync(Math.floor(model.random() * 200));
  }
  model.failing = 0;
  const relay = setInterval(() => model.publish(), 50);
  for (const query of ENDPOINTS) reader.open(query);
  await vi.advanceTimersByTimeAsync(120_000);
  while (realtime.client.isFetching() > 0) await vi.advanceTimersByTimeAsync(100);
  clearInterval(relay);
  await writer.judge();
  for (const query of ENDPOINTS) {
    const { data, meta, error } = reader.shown.get(query)!;
    expect({ query, data, pending: meta.pending }).toEqual({ query, data: truth(model, query), pending: 0 });
    expect(error === null).toBe(truth(model, query) !== undefined);
  }
  expect(reader.faults).toEqual([]);
  reader.close();
}, 60_000);
