/** Edits that wait: called off, told of late, kept over a reload of their tab, never for another user and never for a copy of the tab. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepInTab, type Keep, type Late } from "../../src/realtime";
import { FakeLocks } from "./browser";
import { FakeSource, reply } from "./doubles";
import { business, PATH, Stage } from "./stage";
import { begin, LIST, ONE, outcome, rename as renamed, resource, TRAIL, write } from "./writing";

const ITEM = "digisence-edits-1";
let stage: Stage;
let late: Late[];
let locks: FakeLocks;
/** Nothing of the page runs on. */
let over: () => void;

function page(user = "me"): Stage {
  const { load, save, drop } = keepInTab(user);
  const self = { isOver: false };
  over = () => (self.isOver = true);
  const keep = { load, save: (all: Parameters<typeof save>[0]) => self.isOver || save(all), drop: () => self.isOver || drop() };
  stage = new Stage({ onLate: (each) => late.push(each), keep: keep as Keep, fetch: (path, init) => stage.fetch(path, init) });
  return stage;
}

/** The page ends as a reload ends it: nothing of it runs on, its locks are free. */
async function reload(user = "me"): Promise<void> {
  over();
  locks = new FakeLocks();
  vi.stubGlobal("navigator", { ...navigator, onLine: true, locks });
  page(user).away = true;
  stage.asked.length = 0;
}

beforeEach(async () => {
  late = [];
  sessionStorage.clear();
  locks = new FakeLocks();
  vi.stubGlobal("navigator", { ...navigator, onLine: true, locks });
  await begin(page());
});
afterEach(() => stage.close());

/** `network`: the browser itself knows that there is none, so nothing leaves. */
async function cut({ network = true } = {}): Promise<void> {
  stage.away = true;
  Object.assign(navigator, { onLine: network });
  FakeSource.last.fail();
  await stage.pass(0);
}

async function back(): Promise<void> {
  stage.away = false;
  Object.assign(navigator, { onLine: true });
  await stage.pass(5_000);
}

const rename = (name: string, more?: object) => renamed(stage, name, more);
const told = () => late.map((each) => ("error" in each ? (each.error as { code: string }).code : "made"));
const kept = () => JSON.parse(sessionStorage.getItem(ITEM) ?? "null") as { user: string; page: string; edits: { sent: boolean }[] } | null;

test("an edit says when it begins to wait, and what became of it, with its note", async () => {
  const waits = vi.fn();
  await write(stage, business(1));
  await cut();
  const made = rename("Mine", { onWait: waits, note: { title: "Old" } });
  expect(waits).toHaveBeenCalledTimes(1);
  expect(stage.realtime.edits.waiting()).toMatchObject([{ edit: { fields: { name: "Mine" } } }]);
  expect(stage.realtime.edits.waiting()).toBe(stage.realtime.edits.waiting());
  await back();
  expect(await made).toMatchObject({ name: "Mine" });
  expect(late).toMatchObject([{ edit: { note: { title: "Old" } }, outcome: { version: 2 } }]);
  expect(waits).toHaveBeenCalledTimes(1);
});

test("what did not wait is not told of late", async () => {
  write(stage, business(1));
  await rename("Mine");
  expect(late).toEqual([]);
});

test("one that waits can be called off, and is never sent", async () => {
  const { written } = write(stage, business(1));
  await cut({ network: false });
  const [first, second] = [rename("One"), rename("Two")];
  stage.realtime.edits.callOff(stage.realtime.edits.waiting()[0]!.mutation);
  expect(await first).toMatchObject({ code: "called-off" });
  await back();
  expect(await second).toMatchObject({ name: "Two" });
  expect(written).toEqual([{ name: "Two" }]);
  expect(told()).toEqual(["called-off", "made"]);
});

test.each([{ lose: 0, end: "called-off" }, { lose: 1, end: "made" }])("of one that had left it is looked up whether it was made: $end", async ({ lose, end }) => {
  const { written } = write(stage, business(1), { lose });
  if (lose === 0) await cut();
  void rename("Mine");
  await stage.pass(0);
  const [one] = stage.realtime.edits.waiting();
  stage.realtime.edits.callOff(one!.mutation);
  expect(stage.data(LIST)?.[0]?.["name"]).toBe("Old");
  await back();
  expect(told()).toEqual([end]);
  expect(late[0]!.calledOff).toBe(true);
  expect(written).toHaveLength(lose);
  expect(stage.realtime.status()).toMatchObject({ pending: 0 });
});

test("with a version given, `merge` makes an edit on top of what others did to other fields", async () => {
  stage.answers[`PATCH ${ONE}`] = ({ headers, body }) =>
    headers.get("If-Match") === '"3"' ? reply(business(4, body as object)) : reply({ code: "precondition-failed", errors: [], current: business(3, { phone: "1" }) }, undefined, 412);
  expect(await rename("Mine", { version: 1, merge: true })).toMatchObject({ version: 4, name: "Mine" });
});

test("what waits outlives a reload, is sent then, and is gone from the tab once it is made", async () => {
  await cut({ network: false });
  void rename("Mine", { note: { title: "Old" } });
  expect(kept()).toMatchObject({ user: "me", edits: [{ sent: false }] });
  await reload();
  const { written } = write(stage, business(1));
  stage.away = false;
  await stage.pass(100);
  expect(written).toEqual([{ name: "Mine" }]);
  expect(late).toMatchObject([{ edit: { note: { title: "Old" } }, outcome: { version: 2 } }]);
  expect(kept()).toBeNull();
});

test("what had left already is looked up in the trail, not sent again", async () => {
  write(stage, business(1), { lose: 1 });
  void rename("Mine");
  await stage.pass(0);
  const before = stage.answers;
  expect(kept()).toMatchObject({ edits: [{ sent: true }] });
  await reload();
  Object.assign(stage.answers, before);
  await back();
  expect(stage.paths().filter((path) => path.startsWith("PATCH"))).toEqual([]);
  expect(stage.paths()).toContain(`${TRAIL}?resource=${resource}&recordId=a&page=1&limit=500`);
  expect(told()).toEqual(["made"]);
});

test("what a reload has cut off and arrives late is not made twice", async () => {
  const { written } = write(stage, business(1));
  stage.answers[`POST ${PATH}`] = () => new Promise<Response>(() => undefined);
  await cut({ network: false });
  void outcome(stage.realtime.mutate({ resource, create: { name: "Mine" } }));
  await back();
  const mutationId = stage.asked.find(({ method }) => method === "POST")!.headers.get("X-Mutation-Id");
  await reload();
  stage.away = false;
  write(stage, business(1));
  const trail = `${TRAIL}?resource=${resource}&action=created&page=1&limit=500`;
  stage.answers[trail] = () => reply({ items: [] });
  await stage.pass(5_000);
  stage.answers[trail] = () => reply({ items: [{ mutationId, recordId: "new", version: 1 }] });
  await stage.pass(10_000);
  expect(told()).toEqual(["made"]);
  expect(written).toEqual([]);
  expect(stage.paths()).not.toContain(`POST ${PATH}`);
});

test("it waits no longer for having been kept", async () => {
  await cut({ network: false });
  void rename("Mine");
  await vi.advanceTimersByTimeAsync(1_000);
  vi.setSystemTime(Date.now() + 600_000);
  await reload();
  await stage.pass(0);
  expect(told()).toEqual(["waited-too-long"]);
});

test("nobody else's session sends them, and sign-out drops them", async () => {
  await cut();
  void rename("Mine");
  await reload("another");
  await stage.pass(10);
  expect(stage.realtime.edits.waiting()).toEqual([]);
  expect(kept()).toBeNull();
  await reload();
  await stage.pass(10);
  const lost = outcome(stage.realtime.mutate({ resource, id: "a", fields: { name: "Mine" } }));
  await stage.pass(10);
  expect(kept()?.edits).toHaveLength(1);
  stage.realtime.close(true);
  expect(await lost).toMatchObject({ status: 0 });
  expect(kept()).toBeNull();
});

test("a copy of the tab leaves them to the first", async () => {
  await cut();
  void rename("Mine");
  await stage.pass(10);
  const first = stage;
  page();
  stage.away = true;
  await stage.pass(2_100);
  expect(stage.realtime.edits.waiting()).toEqual([]);
  expect(first.realtime.edits.waiting()).toHaveLength(1);
  first.close();
});

test("what is made while one's own are still being claimed is not lost, and comes after them", async () => {
  await cut();
  void rename("One");
  await reload();
  void rename("Two");
  const { written } = write(stage, business(1));
  await stage.pass(10);
  expect(kept()?.edits).toHaveLength(2);
  await back();
  expect(written).toEqual([{ name: "One" }, { name: "Two" }]);
});

test("without locks nothing is kept: a copy could not be told from the first", async () => {
  vi.stubGlobal("navigator", { onLine: true });
  page();
  await begin(stage);
  await cut();
  void rename("Mine");
  await stage.pass(10);
  expect(kept()).toBeNull();
});
