/** Edits: shown at once, confirmed, refused, in conflict; kept while the server is away, within limits. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Conflict, QUEUE, RequestFailed, type Rec } from "../../src/realtime";
import { FakeSource, reply } from "./doubles";
import { business, PATH, Stage } from "./stage";
import { begin, LIST, ONE, outcome, rename as renamed, resource, write as writing } from "./writing";

let stage: Stage;
let signedOut: ReturnType<typeof vi.fn>;

beforeEach(async () => {
  signedOut = vi.fn();
  stage = new Stage({ onSignedOut: signedOut as () => void, fetch: (path, init) => stage.fetch(path, init) });
  await begin(stage);
});
afterEach(() => stage.close());

const names = () => stage.data(LIST)?.map(({ name }) => name);
const rename = (name: string, more?: object) => renamed(stage, name, more);
const write = (record: Rec) => writing(stage, record);

async function cut(): Promise<void> {
  stage.away = true;
  FakeSource.last.fail();
  await stage.pass(0);
  expect(stage.realtime.status().state).toBe("offline");
}

async function back(): Promise<void> {
  stage.away = false;
  await stage.pass(1_500);
  FakeSource.last.hello("5-0");
  await stage.pass(10);
}

test("a new record is on top at once, and is the server's own once it is confirmed", async () => {
  write(business(1));
  const made = stage.realtime.mutate({ resource, create: { name: "Mine" } });
  expect(names()).toEqual(["Mine", "Old"]);
  expect(stage.shown.get(LIST)!.meta).toMatchObject({ total: 2, pending: 1 });
  expect(await made).toMatchObject({ id: "new", version: 1 });
  await stage.pass(0);
  expect(names()).toEqual(["Mine", "Old"]);
  expect(stage.shown.get(LIST)!.meta).toMatchObject({ total: 2, pending: 0 });
});

test("a deleted record is gone at once, its entry in quarantine is given; refused, it is back", async () => {
  stage.answers[`DELETE ${ONE}`] = () => reply({ code: "self", detail: "Nobody deletes themself." }, undefined, 409);
  const refused = outcome(stage.realtime.mutate({ resource, id: "a", delete: true }));
  expect(names()).toEqual([]);
  expect(await refused).toMatchObject({ status: 409, code: "self", message: "Nobody deletes themself." });
  expect(names()).toEqual(["Old"]);
  stage.answers[`DELETE ${ONE}`] = () => new Response(null, { status: 204, headers: { "X-Quarantine-Id": "q1" } });
  expect(await stage.realtime.mutate({ resource, id: "a", delete: true })).toEqual({ id: "a", quarantineId: "q1" });
  await stage.pass(0);
  expect(names()).toEqual([]);
});

test("from the first key to the last echo one's own value never gives way to the old one", async () => {
  const seen: unknown[] = [];
  const stop = stage.realtime.subscribe<Rec[]>(LIST, ({ data }) => seen.push(data?.[0]?.["name"]));
  let land = (_reply: Response): void => undefined;
  stage.answers[`PATCH ${ONE}`] = () => new Promise((done) => (land = done));
  const done = rename("Mine");
  await stage.pass(20);
  const mutationId = stage.asked.at(-1)!.headers.get("X-Mutation-Id");
  stage.tell({ recordId: "a", version: 2, baseVersion: 1, patch: { name: "Mine" }, mutationId }, "6-0");
  await stage.pass(100);
  land(reply(business(2, { name: "Mine" })));
  await done;
  await stage.pass(1_000);
  stop();
  expect(seen.slice(seen.indexOf("Mine")).every((name) => name === "Mine")).toBe(true);
  expect(stage.paths()).toEqual([`PATCH ${ONE}`]);
});

test("a conflict gives both versions and what clashes; nothing of it stays shown but theirs", async () => {
  const theirs = business(3, { name: "Theirs" });
  stage.answers[`PATCH ${ONE}`] = () => reply({ code: "precondition-failed", detail: "Changed.", errors: [{ field: "name", message: "was changed meanwhile" }], current: theirs }, undefined, 412);
  const conflict = await rename("Mine");
  expect(conflict).toBeInstanceOf(Conflict);
  expect(conflict).toMatchObject({ status: 412, yours: { name: "Mine" }, theirs, fields: [{ field: "name" }] });
  await stage.pass(0);
  expect(stage.data(LIST)).toEqual([theirs]);
});

test("where nothing clashes an edit is made on the newer version; with a version of one's own it is not", async () => {
  stage.answers[`PATCH ${ONE}`] = ({ headers, body }) =>
    headers.get("If-Match") === '"3"' ? reply(business(4, { phone: "1", ...(body as object) })) : reply({ code: "precondition-failed", errors: [], current: business(3, { phone: "1" }) }, undefined, 412);
  expect(await rename("Mine")).toMatchObject({ version: 4, name: "Mine", phone: "1" });
  expect(stage.paths()).toEqual([`PATCH ${ONE}`, `PATCH ${ONE}`]);
  expect(await rename("Other", { version: 1 })).toBeInstanceOf(Conflict);
});

test("what is made while the server is away waits, is counted, and goes out in order", async () => {
  const { written } = write(business(1));
  await cut();
  const all = [rename("One"), rename("Two"), outcome(stage.realtime.mutate({ resource, create: { name: "New" } }))];
  expect(names()).toEqual(["New", "Two"]);
  expect(stage.realtime.status()).toMatchObject({ state: "offline", pending: 3, waiting: 3 });
  expect(stage.shown.get(LIST)!.meta.pending).toBe(3);
  await back();
  expect(await Promise.all(all)).toMatchObject([{ version: 2, name: "One" }, { version: 3, name: "Two" }, { id: "new" }]);
  expect(written).toEqual([{ name: "One" }, { name: "Two" }, { name: "New" }]);
  expect(stage.realtime.status()).toMatchObject({ pending: 0, waiting: 0 });
});

test("what is made behind one that waits waits, too, even while the stream is there; what shall not wait goes by, unless it is of the same record", async () => {
  const { written } = write(business(1));
  stage.away = true;
  const first = rename("One");
  await stage.pass(0);
  stage.away = false;
  const waits = vi.fn();
  const second = rename("Two", { onWait: waits });
  expect(waits).toHaveBeenCalledTimes(1);
  expect(stage.realtime.status()).toMatchObject({ state: "live", waiting: 2 });
  expect(await rename("Three", { wait: false })).toMatchObject({ code: "unreachable" });
  expect(await stage.realtime.mutate({ resource, create: { name: "New" }, wait: false })).toMatchObject({ id: "new" });
  await stage.pass(5_000);
  expect(await Promise.all([first, second])).toMatchObject([{ name: "One" }, { name: "Two" }]);
  expect(written).toEqual([{ name: "New" }, { name: "One" }, { name: "Two" }]);
});

test("what shall not wait is refused while the server is away, and nothing of it shows", async () => {
  await cut();
  expect(await rename("Mine", { wait: false })).toMatchObject({ status: 0, code: "unreachable" });
  expect(names()).toEqual(["Old"]);
});

test("a conflict met after the wait is the caller's to decide; what stands behind it goes on", async () => {
  await cut();
  const [mine, next] = [rename("Mine"), outcome(stage.realtime.mutate({ resource, id: "b", fields: { name: "B" } }))];
  stage.answers[`PATCH ${ONE}`] = () => reply({ code: "precondition-failed", errors: [{ field: "name", message: "" }], current: business(2, { name: "Theirs" }) }, undefined, 412);
  stage.answers[`PATCH ${PATH}/b`] = () => reply({ id: "b", version: 2 });
  await back();
  expect(await mine).toBeInstanceOf(Conflict);
  expect(await next).toMatchObject({ id: "b" });
});

test("so many wait and no more, and not for longer than so", async () => {
  await cut();
  const all = Array.from({ length: QUEUE.most }, (_, n) => rename(`n${n}`));
  expect(await rename("one too many")).toMatchObject({ code: "queue-full" });
  expect(names()).toEqual([`n${QUEUE.most - 1}`]);
  await stage.pass(QUEUE.longest + 60_000);
  const told = (await Promise.all(all)) as RequestFailed[];
  expect(told.map(({ code }) => code)).not.toContain("queue-full");
  expect(told.at(-1)).toMatchObject({ status: 0, code: "waited-too-long" });
  expect(names()).toEqual(["Old"]);
  expect(stage.realtime.status()).toMatchObject({ pending: 0, waiting: 0 });
});

test("after signing out nothing that waited is sent: another person may sign in", async () => {
  stage.answers[`PATCH ${ONE}`] = () => new Response("{}", { status: 503, headers: { "Retry-After": "5" } });
  const mine = rename("Mine");
  await stage.pass(100);
  stage.answers["/api/auth/me"] = () => reply({ detail: "Sign in." }, undefined, 401);
  FakeSource.last.say({ type: "bye", reason: "revoked" });
  await stage.pass(10_000);
  expect(signedOut).toHaveBeenCalledTimes(1);
  expect(await mine).toMatchObject({ code: "signed-out" });
  expect(names()).toEqual(["Old"]);
  expect(stage.paths()).toEqual([`PATCH ${ONE}`]);
});

test("the browser asks before a tab is left in which edits wait", async () => {
  write(business(1));
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    globalThis.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  await cut();
  const mine = rename("Mine");
  expect(leave()).toBe(true);
  await back();
  await mine;
  expect(leave()).toBe(false);
});

test("a server that cannot now is asked again when it wants to be", async () => {
  const { written } = write(business(1));
  const patch = stage.answers[`PATCH ${ONE}`]!;
  stage.answers[`PATCH ${ONE}`] = () => new Response("{}", { status: 503, headers: { "Retry-After": "4" } });
  const mine = rename("Mine");
  await stage.pass(100);
  stage.answers[`PATCH ${ONE}`] = patch;
  await stage.pass(3_500);
  expect(written).toHaveLength(0);
  await stage.pass(1_500);
  expect(await mine).toMatchObject({ version: 2 });
  expect(stage.paths()).toEqual([`PATCH ${ONE}`, `PATCH ${ONE}`]);
});

test("an edit of a record that is still being made waits for its id; with the record it fails", async () => {
  write(business(1));
  stage.answers[`PATCH ${PATH}/new`] = ({ body, headers }) => reply({ id: "new", version: 2, ...(body as object), seen: headers.get("If-Match") });
  const made = stage.realtime.mutate({ resource, create: { name: "Mine" } });
  const draft = stage.data(LIST)![0]!.id;
  const then = stage.realtime.mutate({ resource, id: draft, fields: { name: "Better" } });
  expect(names()).toEqual(["Better", "Old"]);
  await made;
  expect(await then).toMatchObject({ id: "new", version: 2, name: "Better", seen: '"1"' });
  stage.answers[`POST ${PATH}`] = () => reply({ code: "invalid", detail: "No." }, undefined, 422);
  const refused = outcome(stage.realtime.mutate({ resource, create: { name: "" } }));
  const behind = outcome(stage.realtime.mutate({ resource, id: stage.data(LIST)![0]!.id, fields: { name: "x" } }));
  expect([await refused, await behind]).toMatchObject([{ code: "invalid" }, { code: "invalid" }]);
});
