/** Edits that get no answer: never made twice, never called failed when they were made. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Rec } from "../../src/realtime";
import { list, reply } from "./doubles";
import { business, PATH, Stage, type Asked } from "./stage";
import { begin, LIST, ONE, outcome, rename as renamed, resource, Strict, TRAIL, write as writing } from "./writing";

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await begin(stage);
});
afterEach(() => stage.close());

const names = () => stage.data(LIST)?.map(({ name }) => name);
const rename = (name: string, more?: object) => renamed(stage, name, more);
const write = (record: Rec, more?: { lose: number }) => writing(stage, record, more);

test.each([
  ["a change", () => rename("Mine"), { version: 2, name: "Mine" }],
  ["a new record", () => outcome(stage.realtime.mutate({ resource, create: { name: "Mine" } })), { id: "new", name: "Mine" }],
])("%s that was made though no answer came is not made again: the audit trail tells", async (_what, make, expected) => {
  const { written } = write(business(1), { lose: 1 });
  const mine = make();
  await stage.pass(500);
  expect(stage.realtime.status()).toMatchObject({ state: "live", pending: 1, waiting: 1 });
  await stage.pass(5_000);
  expect(await mine).toMatchObject(expected);
  expect(written).toHaveLength(1);
});

test("what did not arrive is sent again", async () => {
  const { written } = write(business(1));
  stage.away = true;
  const mine = rename("Mine");
  await stage.pass(500);
  stage.away = false;
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ version: 2, name: "Mine" });
  expect(written).toHaveLength(1);
});

test("the stream's echo confirms an edit that got no answer", async () => {
  const { written } = write(business(1), { lose: 1 });
  const mine = rename("Mine");
  await stage.pass(10);
  const mutationId = stage.asked.at(-1)!.headers.get("X-Mutation-Id");
  stage.tell({ recordId: "a", version: 2, baseVersion: 1, patch: { name: "Mine" }, mutationId }, "6-0");
  await stage.pass(100);
  expect(await mine).toMatchObject({ version: 2, name: "Mine" });
  expect(written).toHaveLength(1);
});

test("a deletion that got no answer, and was undone since, leaves the record in place", async () => {
  stage.answers[PATH] = () => reply(list(business(1)), "9-0");
  stage.answers[`${PATH}?since=9-0`] = () => reply({ items: [], deleted: [], position: "9-0" }, "9-0");
  await stage.follow(PATH);
  let mutationId: string | null = null;
  stage.answers[`DELETE ${ONE}`] = ({ headers }) => {
    mutationId = headers.get("X-Mutation-Id");
    throw new TypeError("Failed to fetch");
  };
  stage.answers[`${TRAIL}?resource=${resource}&recordId=a&page=1&limit=500`] = () => reply({ items: [{ mutationId, recordId: "a" }] });
  const gone = stage.realtime.mutate({ resource, id: "a", delete: true });
  expect(stage.data(PATH)).toEqual([]);
  await stage.pass(6_000);
  expect(await gone).toEqual({ id: "a", quarantineId: undefined });
  expect(stage.data(PATH)).toEqual([business(1)]);
});

test("what was made on a record that has gone since is told so", async () => {
  write(business(1), { lose: 1 });
  stage.answers[ONE] = () => reply({ code: "not-found" }, undefined, 404);
  const mine = rename("Mine");
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ status: 404, code: "gone-since" });
});

test("of what shall not wait the trail tells, too, whether it was made", async () => {
  const { written } = write(business(1), { lose: 1 });
  const mine = rename("Mine", { wait: false });
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ version: 2, name: "Mine" });
  stage.away = true;
  const other = rename("Other", { wait: false });
  await stage.pass(1_000);
  stage.away = false;
  await stage.pass(5_000);
  expect(await other).toMatchObject({ status: 0, code: "unreachable" });
  expect(written).toHaveLength(1);
});

test("when nobody can tell whether an edit was made, that is said, not a failure made up", async () => {
  stage.away = true;
  const mine = rename("Mine", { wait: false });
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ status: 0, code: "unsure" });
  expect(names()).toEqual(["Old"]);
});

test("a server that keeps the request open and silent is out of reach after 30 s", async () => {
  stage.answers[`PATCH ${ONE}`] = () => new Promise<Response>(() => undefined);
  const mine = rename("Mine", { wait: false });
  await stage.pass(29_000);
  expect(stage.realtime.status().pending).toBe(1);
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ code: "unsure" });
});

const timeout = () => reply({ code: "timeout" }, undefined, 504);

test("a change that comes late, just before it comes again, is not called somebody else's conflict", async () => {
  const server = new Strict(stage, business(1));
  const before = stage.answers[`PATCH ${ONE}`]!;
  const answers = [timeout, (request: Asked) => (before(request), before(request))];
  stage.answers[`PATCH ${ONE}`] = (request) => answers.shift()!(request);
  const mine = rename("Mine");
  await stage.pass(5_000);
  expect(await mine).toMatchObject({ name: "Mine", version: 2 });
  expect(server.now.version).toBe(2);
  expect(answers).toEqual([]);
});

test("a deletion that comes late, just before it comes again, has been made", async () => {
  const trail: object[] = [];
  const late = ({ headers }: Asked) => {
    trail.push({ mutationId: headers.get("X-Mutation-Id"), recordId: "a" });
    return reply({ code: "not-found" }, undefined, 404);
  };
  const answers = [timeout, late];
  stage.answers[`DELETE ${ONE}`] = (request) => answers.shift()!(request);
  stage.answers[`${TRAIL}?resource=${resource}&recordId=a&page=1&limit=500`] = () => reply({ items: trail });
  const gone = outcome(stage.realtime.mutate({ resource, id: "a", delete: true }));
  await stage.pass(5_000);
  expect(await gone).toEqual({ id: "a", quarantineId: undefined });
});

test("a new record that comes late is not made twice", async () => {
  const { written } = write(business(1));
  const before = stage.answers[`POST ${PATH}`]!;
  const late = (request: Asked) => {
    setTimeout(() => void before(request), 5_000);
    return timeout();
  };
  const answers = [late, before];
  stage.answers[`POST ${PATH}`] = (request) => answers.shift()!(request);
  const mine = outcome(stage.realtime.mutate({ resource, create: { name: "Mine" } }));
  await stage.pass(15_000);
  expect(await mine).toMatchObject({ id: "new", name: "Mine" });
  expect(written).toHaveLength(1);
});
