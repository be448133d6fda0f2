/** Whatever changes, answers and losses come in whatever order: in the end every endpoint shows what the server has. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, type Rec, type Realtime, type Snapshot } from "../../src/realtime";
import { FakeSource } from "./doubles";
import { Model, seeded, streamOf } from "./model";

const PATH = "/api/admin/businesses";
const ENDPOINTS = ["", "?page=1&limit=5", "?page=2&limit=3", "?status=NEW&page=1&limit=4", "?status=NEW", "?sort=name&page=1&limit=6", "?sort=createdAt", "/id3"];
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
    if (process.env["DBG"]) console.log(Date.now() % 1e7, "SHOW", query, [snapshot.data ?? []].flat().filter((r) => r.id === process.env["DBG"]).map((r) => r.version + ":" + r["name"]).join());
    const rows = snapshot.data === undefined ? [] : [snapshot.data].flat();
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

/** One thing happens: at the server, on the way, or at the reader's hand. */
function step(model: Model, reader: Reader, promises: Promise<unknown>[]): void {
  const { random } = model;
  const some = model.pick();
  const dice = Math.floor(random() * 14);
  const word = ["NEW", "DONE", "n1", "n2"][Math.floor(random() * 4)]!;
  const fields = word.startsWith("n") ? { name: word } : { status: word };
  const swallow = (promise: Promise<unknown>) => void promises.push(promise.catch((error: unknown) => error));
  if (dice < 3 && some) model.update(some.id, fields);
  if (dice === 3) model.create({ name: word });
  if (dice === 4 && some) model.remove(some.id);
  if (dice === 5) model.restore();
  if (dice === 6 && random() < 0.3) model.sweep();
  if (dice === 7) reader.toggle(ENDPOINTS[Math.floor(random() * ENDPOINTS.length)]!);
  if (dice === 8) FakeSource.last.fail();
  if (dice === 9 && random() < 0.5) model.trimmed = Number(model.head.split("-")[0]);
  if (dice === 10) model.failing = random() < 0.5 ? 0 : 0.3;
  if (dice === 11 && some) swallow(realtime.mutate({ resource: "businesses", id: some.id, fields: { name: "mine" } }));
  if (dice === 12) swallow(realtime.mutate({ resource: "businesses", create: { name: "mine" } }));
  if (dice === 13 && some && random() < 0.5) swallow(realtime.mutate({ resource: "businesses", id: some.id, delete: true }));
  if (random() < 0.6) model.publish();
}

/** What the server would show. */
function truth(model: Model, query: string): unknown {
  if (query.startsWith("/")) return model.records.get(query.slice(1));
  const params = new URLSearchParams(query);
  if (!params.has("limit")) params.set("limit", "500");
  return model.list(params).items;
}

test.each(SEEDS)("seed %i", async (seed) => {
  const model = new Model(seeded(seed));
  const deliver = (realtimeX: Realtime) => realtimeX.onMessage((m) => process.env["DBG"] && console.log(Date.now() % 1e7, "MSG", JSON.stringify(m).slice(0, 160)));
  vi.spyOn(Math, "random").mockImplementation(model.random);
  vi.stubGlobal("EventSource", streamOf(model));
  realtime = createRealtime("", { fetch: async (p, i) => { const at = Date.now() % 1e7; const r = await model.fetch(p, i); if (process.env["DBG"]) console.log(Date.now() % 1e7, "ANSWER", i?.method ?? "GET", p, "asked", at, r.headers.get("X-Feed-Position"), (await r.clone().text()).match(new RegExp(`.id.:.${process.env["DBG"]}.,.version.:\\d+`))?.[0]); return r; } });
  deliver(realtime);
  const reader = new Reader();
  const promises: Promise<unknown>[] = [];
  reader.open("");
  reader.open("?page=1&limit=5");
  for (let done = 0; done < STEPS; done += 1) {
    step(model, reader, promises);
    await vi.advanceTimersByTimeAsync(Math.floor(model.random() * 200));
  }
  model.failing = 0;
  const relay = setInterval(() => model.publish(), 50);
  for (const query of ENDPOINTS) reader.open(query);
  await vi.advanceTimersByTimeAsync(120_000);
  while (realtime.client.isFetching() > 0) await vi.advanceTimersByTimeAsync(100);
  clearInterval(relay);
  await Promise.all(promises);
  for (const query of ENDPOINTS) {
    const { data, meta, error } = reader.shown.get(query)!;
    expect({ query, data, pending: meta.pending }).toEqual({ query, data: truth(model, query), pending: 0 });
    expect(error === null).toBe(truth(model, query) !== undefined);
  }
  expect(reader.faults).toEqual([]);
  reader.close();
});
