import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, type Rec, type Realtime, type Snapshot } from "../../src/realtime";
import { change, FakeSource, list, reply } from "./doubles";

const LIST = "/api/admin/businesses?page=1&limit=20";
let realtime: Realtime;
let asked: string[];
let answers: Record<string, () => Response | Promise<Response>>;
let shown: Snapshot<Rec[]>;
let stop: () => void;

function business(version: number, fields: object = {}): Rec {
  return { id: "a", version, name: "Old", createdAt: "2026-01-01", ...fields };
}

function ask(path: string): Promise<Response> {
  asked.push(path);
  const answer = answers[path];
  return Promise.resolve(answer ? answer() : reply({ detail: "No such thing." }, undefined, 404));
}

async function follow(endpoint = LIST): Promise<void> {
  stop = realtime.subscribe<Rec[]>(endpoint, (snapshot) => (shown = snapshot));
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", undefined);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  FakeSource.all = [];
  asked = [];
  answers = { [LIST]: () => reply(list(business(1)), "5-0"), "/api/auth/me": () => reply({}) };
  realtime = createRealtime("", { fetch: ask });
});

afterEach(() => {
  stop();
  realtime.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function live(position = "5-0"): Promise<void> {
  FakeSource.last.hello(position);
  await vi.advanceTimersByTimeAsync(300);
}

function tell(fields: object, position: string): void {
  FakeSource.last.say(change(fields).message, position);
}

test("a patch shows at once, without a request", async () => {
  await follow();
  await live();
  tell({ recordId: "a", version: 2, baseVersion: 1, patch: { name: "New" } }, "6-0");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown.data).toEqual([business(2, { name: "New" })]);
  expect(asked).toEqual([LIST]);
});

test("a patch on another base fetches that record only", async () => {
  answers["/api/admin/businesses/a"] = () => reply(business(4, { name: "Newest" }));
  await follow();
  await live();
  tell({ recordId: "a", version: 4, baseVersion: 3, patch: { name: "Newest" } }, "6-0");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown.data).toEqual([business(4, { name: "Newest" })]);
  expect(asked).toEqual([LIST, "/api/admin/businesses/a"]);
});

test("a storm of creations costs one refetch in 250 ms", async () => {
  await follow();
  await live();
  for (let n = 0; n < 200; n += 1) tell({ recordId: `n${n}`, action: "created", version: 1, patch: {} }, `${6 + n}-0`);
  answers[LIST] = () => reply(list(business(1), { id: "n0", version: 1 }), "300-0");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.length).toBeLessThanOrEqual(3);
  expect(shown.meta.total).toBe(2);
});

test("an answer older than a change that came meanwhile gets that change laid over it", async () => {
  let land = (_reply: Response): void => undefined;
  answers[LIST] = () => new Promise((done) => (land = done));
  await follow();
  await live("5-0");
  tell({ recordId: "a", version: 2, baseVersion: 1, patch: { name: "New" } }, "6-0");
  land(reply(list(business(1)), "5-0"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown.data).toEqual([business(2, { name: "New" })]);
  expect(asked).toEqual([LIST]);
});

test("an answer older than a creation is fetched again", async () => {
  let land = (_reply: Response): void => undefined;
  answers[LIST] = () => new Promise((done) => (land = done));
  await follow();
  await live("5-0");
  tell({ recordId: "b", action: "created", version: 1, patch: {} }, "6-0");
  answers[LIST] = () => reply(list(business(1), { id: "b", version: 1 }), "6-0");
  land(reply(list(business(1)), "5-0"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown.data).toHaveLength(2);
});

test("what was fetched before the stream began is fetched again, what is as new is not", async () => {
  await follow();
  await live("5-0");
  expect(asked).toEqual([LIST]);
  stop();
  realtime.close();
  realtime = createRealtime("", { fetch: ask });
  asked = [];
  await follow();
  answers[LIST] = () => reply(list(business(3)), "9-0");
  await live("9-0");
  expect(asked).toEqual([LIST, LIST]);
  expect(shown.data).toEqual([business(3)]);
});

test("lost fetches what is on screen", async () => {
  await follow();
  await live();
  answers[LIST] = () => reply(list(business(8)), "2-0");
  FakeSource.last.say({ type: "lost", position: "2-0" });
  await vi.advanceTimersByTimeAsync(300);
  expect(shown.data).toEqual([business(8)]);
  expect(asked).toEqual([LIST, LIST]);
});

test("polls only while the stream is down, the data stale and the tab visible", async () => {
  await follow();
  await live();
  for (let n = 0; n < 8; n += 1) {
    FakeSource.last.beat("5-0");
    await vi.advanceTimersByTimeAsync(15_000);
  }
  expect(asked).toEqual([LIST]);
  vi.stubGlobal("EventSource", class extends FakeSource { override close() { return; } });
  FakeSource.last.fail();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(realtime.status().state).toBe("polling");
  const lists = () => asked.filter((path) => path === LIST).length;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(lists()).toBe(2);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(lists()).toBe(2);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(lists()).toBe(3);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lists()).toBe(3);
});

test("what was being tried again when the tab was hidden is tried when it is looked at", async () => {
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  answers[LIST] = () => reply({}, undefined, 503);
  await follow();
  await vi.advanceTimersByTimeAsync(60_000);
  answers[LIST] = () => reply(list(business(1)), "5-0");
  visible.mockReturnValue("visible");
  globalThis.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toMatchObject({ data: [business(1)], loading: false });
});

test("offline when the server cannot be reached, live again when it can", async () => {
  await follow();
  await live();
  answers["/api/auth/me"] = () => Promise.reject(new TypeError("Failed to fetch"));
  FakeSource.last.fail();
  await vi.advanceTimersByTimeAsync(0);
  expect(realtime.status()).toMatchObject({ state: "offline", attempts: 1 });
  const since = realtime.status().since;
  await vi.advanceTimersByTimeAsync(1_100);
  FakeSource.last.hello();
  expect(realtime.status().state).toBe("live");
  expect(realtime.status().since).toBeGreaterThan(since);
});

test("tries three times more, then clears the cache and says why", async () => {
  await follow();
  await live();
  answers[LIST] = () => reply({}, undefined, 500);
  void realtime.refresh(LIST);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(5);
  expect(shown.data).toBeUndefined();
  expect(shown.error).toBe("The server answered with an error (500).");
});

test("what is refused is not tried again", async () => {
  answers[LIST] = () => reply({ detail: "There is no field 'colour'." }, undefined, 422);
  await follow();
  await live();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([LIST]);
  expect(shown.error).toBe("There is no field 'colour'.");
});

test("an edit shows at once, and its own echo changes nothing", async () => {
  let land = (_reply: Response): void => undefined;
  answers["/api/admin/businesses/a"] = () => new Promise((done) => (land = done));
  await follow();
  await live();
  const done = realtime.mutate({ resource: "businesses", id: "a", fields: { name: "Mine" }, version: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(shown.data).toEqual([business(1, { name: "Mine" })]);
  tell({ recordId: "a", version: 2, baseVersion: 1, patch: { name: "Mine" } }, "6-0");
  land(reply(business(2, { name: "Mine" })));
  await done;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown.data).toEqual([business(2, { name: "Mine" })]);
  expect(asked).toEqual([LIST, "/api/admin/businesses/a"]);
});

test("a refused edit is taken back", async () => {
  await follow();
  await live();
  answers["/api/admin/businesses/a"] = () => reply({ code: "precondition-failed", detail: "Changed meanwhile." }, undefined, 412);
  const edit = realtime.mutate({ resource: "businesses", id: "a", fields: { name: "Mine" }, version: 1 });
  expect(shown.data).toEqual([business(1, { name: "Mine" })]);
  await expect(edit).rejects.toMatchObject({ status: 412, code: "precondition-failed" });
  await vi.advanceTimersByTimeAsync(300);
  expect(shown.data).toEqual([business(1)]);
});

test("a list without a page comes whole", async () => {
  const all = "/api/admin/users";
  const items = Array.from({ length: 1_020 }, (_, n) => ({ id: `u${n}`, version: 1 }));
  answers[all] = () => reply({ items: items.slice(0, 20), page: 1, limit: 20, total: 1_020 }, "5-0");
  for (const page of [1, 2, 3]) {
    const rows = items.slice((page - 1) * 500, page * 500);
    answers[`${all}?page=${page}&limit=500`] = () => reply({ items: rows, page, limit: 500, total: 1_020 }, `${8 - page}-0`);
  }
  await follow(all);
  await vi.advanceTimersByTimeAsync(10);
  expect(shown.data).toHaveLength(1_020);
  expect(shown.meta).toEqual({ page: 1, limit: 1_020, total: 1_020, truncated: false, pending: 0 });
});

test("counts come from initial and update", async () => {
  await follow();
  FakeSource.last.say({ type: "initial", data: { users: 3 } });
  expect(realtime.counts()).toEqual({ users: 3 });
  FakeSource.last.say({ type: "update", data: { counts: { users: 4 }, recentChanges: {} } }, "7-0");
  expect(realtime.counts()).toEqual({ users: 4 });
});
