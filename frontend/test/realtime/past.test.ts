/** Records of the past: fetched once, and nothing that happens now has them fetched again or shows in them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeSource, reply } from "./doubles";
import { business, PATH, Stage } from "./stage";

const THEN = `${PATH}/a?asOf=2026-01-02T00:00:00Z`;
let stage: Stage;

beforeEach(() => {
  stage = new Stage();
  stage.answers[THEN] = () => reply(business(1, { name: "Then" }), "5-0");
  stage.answers[`${PATH}/a`] = () => reply(business(4, { name: "Now" }), "9-0");
});
afterEach(() => stage.close());

test("neither the stream, nor its absence, nor a gap has it fetched again", async () => {
  await stage.follow(THEN);
  await stage.live("7-0");
  stage.tell({ recordId: "a", action: "deleted", version: 5 }, "8-0");
  FakeSource.last.say({ type: "lost", position: "90-0" });
  await stage.pass(1_000);
  FakeSource.last.fail();
  await stage.pass(120_000);
  expect(stage.data(THEN)).toEqual(business(1, { name: "Then" }));
  expect(stage.paths()).toEqual([THEN]);
  expect(stage.shown.get(THEN)!.isStale).toBe(false);
});

test("an edit of today does not show in it", async () => {
  await stage.follow(THEN);
  await stage.follow(`${PATH}/a`);
  await stage.live("9-0");
  let land!: (answer: Response) => void;
  stage.answers[`PATCH ${PATH}/a`] = () => new Promise((done) => (land = done));
  const edit = stage.realtime.mutate({ resource: "businesses", id: "a", fields: { name: "Mine" } });
  await stage.pass(0);
  expect(stage.data(`${PATH}/a`)).toMatchObject({ name: "Mine" });
  expect(stage.data(THEN)).toEqual(business(1, { name: "Then" }));
  land(reply(business(5, { name: "Mine" })));
  await edit;
  expect(stage.data(THEN)).toEqual(business(1, { name: "Then" }));
});

test("one that could not be fetched is asked for when the stream is back", async () => {
  const { [THEN]: answer } = stage.answers;
  stage.answers[THEN] = () => reply({ detail: "Not now." }, undefined, 500);
  await stage.follow(THEN);
  await stage.pass(5_000); // three more tries
  expect(stage.shown.get(THEN)!.error).toBe("Not now.");
  stage.answers[THEN] = answer!;
  await stage.live("9-0");
  expect(stage.data(THEN)).toEqual(business(1, { name: "Then" }));
});
