/** Coming back: only what changed is asked for where that is cheaper, only what is on screen is fetched, no answer takes anything back. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Rec } from "../../src/realtime";
import { FakeSource, list, reply } from "./doubles";
import { business, PATH, Stage } from "./stage";

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const since = (position: string) => `${PATH}?since=${position}`;
const delta = (position: string, items: object[], deleted: string[] = []) => () => reply({ items, deleted, position }, position);
const rows = (count: number, fields: object = {}): Rec[] => Array.from({ length: count }, (_, n) => ({ id: `r${n}`, version: 1, createdAt: String(9_000 - n), name: "x", ...fields }));

function look(visible: boolean): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visible ? "visible" : "hidden");
  document.dispatchEvent(new Event("visibilitychange"));
}

/** A whole list in pages of 500. */
function serve(query: string, items: Rec[], position: string): void {
  const path = `${PATH}${query}`;
  const joint = query === "" ? "?" : "&";
  const page = (from: number, limit: number, number = 1) => () => reply({ items: items.slice(from, from + limit), page: number, limit, total: items.length }, position);
  stage.answers[path] = page(0, 20);
  for (let n = 1; n <= Math.ceil(items.length / 500); n += 1) stage.answers[`${path}${joint}page=${n}&limit=500`] = page((n - 1) * 500, 500, n);
}

test("after a long time away that cannot be replayed a whole list asks for what changed since, deletions included", async () => {
  stage.answers[PATH] = () => reply(list(business(1), { id: "b", version: 1, createdAt: "2025" }), "5-0");
  await stage.follow(PATH);
  await stage.live("5-0");
  stage.asked.length = 0;
  const before = stage.data(PATH)!;
  stage.answers[since("5-0")] = delta("90-0", [{ id: "c", version: 1, createdAt: "2027" }], ["b"]);
  stage.answers[since("90-0")] = delta("90-0", []);
  look(false);
  FakeSource.last.fail();
  await stage.pass(3_600_000);
  expect(stage.paths()).toEqual([]);
  look(true);
  await stage.pass(1_500);
  FakeSource.last.hello("90-0");
  FakeSource.last.say({ type: "lost", position: "90-0" });
  await stage.pass(500);
  expect(stage.data(PATH)!.map(({ id }) => id)).toEqual(["c", "a"]);
  expect(stage.data(PATH)![1]).toBe(before[0]);
  expect(stage.paths()).toEqual([since("5-0"), since("90-0")]);
});

test("when nobody can tell any more what changed, the list is loaded", async () => {
  stage.answers[PATH] = () => reply(list(business(1)), "5-0");
  await stage.follow(PATH);
  await stage.live("5-0");
  stage.asked.length = 0;
  stage.answers[since("5-0")] = () => reply({ code: "position-lost" }, undefined, 410);
  stage.answers[PATH] = () => reply(list(business(7)), "90-0");
  FakeSource.last.say({ type: "lost", position: "90-0" });
  await stage.pass(500);
  expect(stage.paths()).toEqual([since("5-0"), PATH]);
  expect(stage.data(PATH)).toEqual([business(7)]);
});

test("without a stream a whole list is kept true by what changed since, one request each time", async () => {
  stage.close();
  stage = new Stage({ options: { enableSSE: false } });
  stage.answers[PATH] = () => reply(list(business(1)), "5-0");
  stage.answers[since("5-0")] = delta("6-0", [business(2, { name: "New" })]);
  stage.answers[since("6-0")] = delta("6-0", []);
  await stage.follow(PATH);
  const first = stage.data(PATH);
  await stage.pass(41_000);
  expect(stage.data(PATH)).toEqual([business(2, { name: "New" })]);
  const second = stage.data(PATH);
  expect(second).not.toBe(first);
  await stage.pass(40_000);
  expect(stage.paths()).toEqual([PATH, since("5-0"), since("6-0")]);
  expect(stage.data(PATH)).toBe(second);
});

test("a row that slipped from one page to the one before it is not left out, though no position has moved yet", async () => {
  const [before, after] = [rows(600), rows(600).slice(1)]; // the first goes between two pages, and is not published yet
  serve("", after, "5-0");
  const second = stage.answers[`${PATH}?page=1&limit=500`]!;
  stage.answers[`${PATH}?page=1&limit=500`] = () => {
    stage.answers[`${PATH}?page=1&limit=500`] = second;
    return reply({ items: before.slice(0, 500), page: 1, limit: 500, total: 600 }, "5-0");
  };
  stage.answers[since("5-0")] = delta("5-0", [], ["r0"]);
  await stage.follow(PATH);
  await stage.pass(10);
  expect(stage.data(PATH)!.map(({ id }) => id)).toEqual(after.map(({ id }) => id));
});

test("a row that came between two pages is counted once", async () => {
  const after = [{ ...rows(1)[0]!, id: "new", createdAt: "9999" }, ...rows(600)];
  serve("", after, "5-0");
  stage.answers[`${PATH}?page=1&limit=500`] = () => reply({ items: rows(500), page: 1, limit: 500, total: 600 }, "5-0");
  stage.answers[`${PATH}?page=3&limit=500`] = () => reply({ items: [], page: 3, limit: 500, total: 601 }, "5-0");
  stage.answers[since("5-0")] = delta("5-0", [after[0]!]);
  await stage.follow(PATH);
  await stage.pass(10);
  expect(stage.data(PATH)).toEqual(after);
  expect(stage.shown.get(PATH)!.meta.total).toBe(601);
});

test("of a long filtered list only what changed is asked for, as long as nobody joins it or moves", async () => {
  const endpoint = `${PATH}?status=NEW`;
  serve("?status=NEW", rows(600, { status: "NEW" }), "5-0");
  await stage.follow(endpoint);
  await stage.pass(10);
  await stage.live("5-0");
  expect(stage.data(endpoint)).toHaveLength(600);
  stage.asked.length = 0;
  stage.answers[since("5-0")] = delta("9-0", [{ ...rows(1)[0], version: 2, name: "y", status: "NEW" }], ["r599", "elsewhere"]);
  stage.tell({ action: "many", count: 2 }, "9-0");
  await stage.pass(500);
  expect(stage.paths()).toEqual([since("5-0")]);
  expect(stage.data(endpoint)).toHaveLength(599);
  expect(stage.data(endpoint)![0]).toMatchObject({ version: 2, name: "y" });
  stage.answers[since("9-0")] = delta("11-0", [{ id: "new", version: 1, status: "NEW", createdAt: "9999" }]);
  serve("?status=NEW", rows(601, { status: "NEW" }), "11-0");
  stage.tell({ action: "many", count: 1 }, "11-0");
  await stage.pass(500);
  expect(stage.data(endpoint)).toHaveLength(601);
});

test("lost fetches what is on screen, and all else only when it is looked at", async () => {
  const [here, elsewhere] = [`${PATH}?page=1`, `${PATH}?page=2`];
  stage.answers[here] = () => reply(list(business(1)), "5-0");
  stage.answers[elsewhere] = () => reply(list({ id: "z", version: 1 }), "5-0");
  const leave = await stage.follow(elsewhere);
  await stage.follow(here);
  await stage.live("5-0");
  leave();
  stage.asked.length = 0;
  FakeSource.last.say({ type: "lost", position: "90-0" });
  await stage.pass(1_000);
  expect(stage.paths()).toEqual([here]);
  await stage.follow(elsewhere);
  await stage.pass(100);
  expect(stage.paths()).toEqual([here, elsewhere]);
});

test("an answer that was asked for before the feed was lost is asked for again", async () => {
  const land: ((reply: Response) => void)[] = [];
  stage.answers[`${PATH}?page=1`] = () => new Promise((done) => land.push(done));
  await stage.follow(`${PATH}?page=1`);
  await stage.live("5-0");
  FakeSource.last.say({ type: "lost", position: "90-0" });
  land[0]!(reply(list(business(1)), "5-0"));
  await stage.pass(100);
  expect(stage.data(`${PATH}?page=1`)).toBeUndefined();
  land[1]!(reply(list(business(9)), "90-0"));
  await stage.pass(100);
  expect(stage.data(`${PATH}?page=1`)).toEqual([business(9)]);
});

test("two places never show two versions of one record, whichever answer comes first", async () => {
  const [one, other] = [`${PATH}?page=1`, `${PATH}?sort=name&page=1`];
  let land = (_reply: Response): void => undefined;
  stage.answers[one] = () => reply(list(business(1)), "5-0");
  await stage.follow(one);
  await stage.live("5-0");
  stage.answers[other] = () => reply(list(business(4, { name: "Newest" })), "8-0");
  await stage.follow(other);
  expect(stage.data(one)).toEqual([business(4, { name: "Newest" })]);
  stage.answers[`${PATH}?page=2`] = () => new Promise((done) => (land = done));
  await stage.follow(`${PATH}?page=2`);
  land(reply(list(business(2)), "6-0"));
  await stage.pass(10);
  expect(stage.data(`${PATH}?page=2`)).toEqual([business(4, { name: "Newest" })]);
});

test("the history of a record is fetched again after its changes, the past as it was never changes", async () => {
  const [now, history, past] = [`${PATH}/a`, `${PATH}/a/history?page=1&limit=20`, `${PATH}/a?asOf=2026-01-02T00:00:00Z`];
  stage.answers[now] = () => reply(business(3), "5-0");
  stage.answers[history] = () => reply(list({ changeId: 1, version: 3 }), "5-0");
  stage.answers[past] = () => reply(business(1, { name: "Then" }), "5-0");
  for (const endpoint of [past, history, now]) await stage.follow(endpoint);
  await stage.live("5-0");
  stage.asked.length = 0;
  expect(stage.data(past)).toEqual(business(1, { name: "Then" }));
  stage.tell({ recordId: "a", version: 4, baseVersion: 3, patch: { name: "New" } }, "6-0");
  stage.tell({ recordId: "b", version: 2, baseVersion: 1, patch: { name: "B" } }, "7-0");
  await stage.pass(500);
  expect(stage.data(now)).toMatchObject({ version: 4, name: "New" });
  expect(stage.data(past)).toEqual(business(1, { name: "Then" }));
  expect(stage.paths()).toEqual([history]);
});

test("changes without a patch, 200 a second for two seconds, cost a few requests a second, and end true", async () => {
  const endpoint = `${PATH}?page=1&limit=50`;
  const versions = new Map(rows(50).map(({ id }) => [id, 1]));
  const now = (id: string) => ({ id, version: versions.get(id)!, createdAt: "1", name: `v${versions.get(id)}` });
  let position = 5;
  stage.answers[endpoint] = () => reply(list(...[...versions.keys()].map(now)), `${position}-0`);
  for (const id of versions.keys()) stage.answers[`${PATH}/${id}`] = () => reply(now(id), `${position}-0`);
  await stage.follow(endpoint);
  await stage.live("5-0");
  stage.asked.length = 0;
  for (let n = 0; n < 400; n += 1) {
    const id = `r${n % 4}`;
    versions.set(id, versions.get(id)! + 1);
    position += 1;
    stage.tell({ recordId: id, version: versions.get(id), baseVersion: versions.get(id)! - 1 }, `${position}-0`);
    await stage.pass(5);
  }
  await stage.pass(1_000);
  expect(stage.data(endpoint)!.slice(0, 4).map(({ version }) => version)).toEqual([101, 101, 101, 101]);
  expect(stage.paths().filter((path) => path === endpoint).length).toBeLessThanOrEqual(10);
  expect(stage.paths().length).toBeLessThanOrEqual(4 * 4 * 3);
});

test("200 changes a second to rows on screen: no request at all, rows that did not change stay the same objects", async () => {
  const endpoint = `${PATH}?page=1&limit=50`;
  stage.answers[endpoint] = () => reply(list(...rows(50)), "5-0");
  await stage.follow(endpoint);
  await stage.live("5-0");
  stage.asked.length = 0;
  const before = stage.data(endpoint)!;
  for (let n = 0; n < 200; n += 1) {
    stage.tell({ recordId: "r0", version: n + 2, baseVersion: n + 1, patch: { name: `n${n}` } }, `${6 + n}-0`);
    await stage.pass(5);
  }
  await stage.pass(100);
  expect(stage.paths()).toEqual([]);
  expect(stage.data(endpoint)![0]).toMatchObject({ version: 201, name: "n199" });
  expect(stage.data(endpoint)!.slice(1).every((row, place) => row === before[place + 1])).toBe(true);
});

test.each([
  ["a proxy's page in place of data", () => new Response("<html>", { status: 200, headers: { "Content-Type": "application/json" } }), "The server's answer cannot be read. Something on the way may have replaced it."],
  ["a server in trouble", () => reply({ detail: "The database is busy or away; nothing was changed." }, undefined, 503), "The database is busy or away; nothing was changed."],
])("%s: three more tries, then nothing is shown but a sentence, and refresh brings it back", async (_what, answer, sentence) => {
  const endpoint = `${PATH}?page=1`;
  stage.answers[endpoint] = () => reply(list(business(1)), "5-0");
  await stage.follow(endpoint);
  await stage.live("5-0");
  stage.asked.length = 0;
  stage.answers[endpoint] = answer;
  const tried = stage.realtime.refresh(endpoint);
  await stage.pass(10_000);
  await tried;
  expect(stage.paths()).toHaveLength(4);
  expect(stage.shown.get(endpoint)).toMatchObject({ data: undefined, error: sentence });
  stage.answers[endpoint] = () => reply(list(business(2)), "6-0");
  await stage.realtime.refresh(endpoint);
  await stage.pass(10);
  expect(stage.shown.get(endpoint)).toMatchObject({ data: [business(2)], error: null });
});

test("a request that is never answered is given up after 30 s, and tried again", async () => {
  const endpoint = `${PATH}?page=1`;
  stage.answers[endpoint] = () => new Promise<Response>(() => undefined);
  await stage.follow(endpoint);
  await stage.pass(29_000);
  expect(stage.paths()).toHaveLength(1);
  stage.answers[endpoint] = () => reply(list(business(1)), "5-0");
  await stage.pass(2_000);
  expect(stage.data(endpoint)).toEqual([business(1)]);
});
