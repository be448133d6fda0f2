/** Several edits of one record and those of others between them: one's own are nobody's conflict, others' are never written over unseen. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Conflict } from "../../src/realtime";
import { business, Stage } from "./stage";
import { begin, ONE, outcome, rename as renamed, resource, Strict } from "./writing";

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await begin(stage);
});
afterEach(() => stage.close());

const rename = (name: string) => renamed(stage, name);
const change = (fields: Record<string, unknown>, more: object = {}) => outcome(stage.realtime.mutate({ resource, id: "a", fields, ...more }));

/** A colleague comes before the request of that number. */
function interrupt(server: Strict, number: number, fields: Record<string, unknown>): void {
  const before = stage.answers[`PATCH ${ONE}`]!;
  let asked = 0;
  stage.answers[`PATCH ${ONE}`] = (request) => {
    if ((asked += 1) === number) server.write(fields);
    return before(request);
  };
}

test("a field changed twice while a colleague changed another one is no conflict", async () => {
  const server = new Strict(stage, business(1));
  server.write({ phone: "1" });
  const all = [rename("One"), rename("Two"), rename("Three")];
  await stage.pass(1_000);
  expect(await Promise.all(all)).toMatchObject([{ name: "One" }, { name: "Two" }, { name: "Three" }]);
  expect(server.now).toMatchObject({ name: "Three", phone: "1", version: 5 });
});

test("behind an edit that was made anew, what a colleague did to another field is not written over", async () => {
  const server = new Strict(stage, business(1));
  server.write({ phone: "theirs" });
  const [mine, clashing] = [rename("Mine"), change({ name: "Mine, too", phone: "mine" })];
  await stage.pass(1_000);
  expect(await mine).toMatchObject({ name: "Mine" });
  expect(await clashing).toBeInstanceOf(Conflict);
  expect(server.now).toMatchObject({ name: "Mine", phone: "theirs" });
});

test("what a colleague does between two edits of one's own is not written over, though an answer was lost", async () => {
  const server = new Strict(stage, business(1), 1);
  const [mine, next] = [rename("Mine"), rename("Mine, too")];
  await stage.pass(10);
  server.write({ name: "Theirs" });
  await stage.pass(10_000);
  expect(await mine).toMatchObject({ name: "Theirs" });
  expect(await next).toBeInstanceOf(Conflict);
  expect(server.now).toMatchObject({ name: "Theirs", version: 3 });
});

test("a colleague's change of a field between two of one's own, both made anew, is not written over", async () => {
  const server = new Strict(stage, business(1));
  server.write({ phone: "1" });
  const [first, second, third] = [rename("One"), change({ city: "Bonn" }), rename("Three")];
  interrupt(server, 3, { name: "Theirs" }); // after the first was made, before the second
  await stage.pass(2_000);
  expect(await first).toMatchObject({ name: "One" });
  expect(await second).toMatchObject({ name: "Theirs", city: "Bonn" });
  expect(await third).toBeInstanceOf(Conflict);
  expect(server.now).toMatchObject({ name: "Theirs", city: "Bonn" });
});

test("a colleague's changes of another field between one's own make no conflict of them", async () => {
  const server = new Strict(stage, business(1));
  server.write({ phone: "1" });
  const all = [rename("One"), change({ city: "Bonn" }), rename("Three")];
  interrupt(server, 3, { phone: "2" }); // after the first was made, before the second
  await stage.pass(2_000);
  expect(await Promise.all(all)).toMatchObject([{ name: "One" }, { city: "Bonn" }, { name: "Three" }]);
  expect(server.now).toMatchObject({ name: "Three", city: "Bonn", phone: "2" });
});

test("what is made behind a forced edit of one's own meets no conflict with that", async () => {
  const server = new Strict(stage, business(1));
  const all = [change({ name: "One" }, { force: true }), change({ name: "Two" }, { version: 1 })];
  await stage.pass(1_000);
  expect(await Promise.all(all)).toMatchObject([{ name: "One" }, { name: "Two" }]);
  server.write({ name: "Theirs" });
  const late = [change({ city: "Bonn" }, { force: true }), change({ name: "Three" }, { version: 3 })];
  await stage.pass(1_000);
  expect(await late[1]).toBeInstanceOf(Conflict);
  expect(server.now).toMatchObject({ name: "Theirs", city: "Bonn" });
});
