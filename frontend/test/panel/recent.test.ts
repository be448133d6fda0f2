/** The last changes: what the trail has and what the stream brings, each once, the newest first, by their names. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { fill, forgetRecent, remember, theRecent } from "../../src/panel/overview/history";
import type { ChangeMessage, Message } from "../../src/realtime";
import { reply } from "../realtime/doubles";
import { Stage } from "../realtime/stage";

const TRAIL = "/api/admin/audit?page=1&limit=60";
let stage: Stage;

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
const line = (second: number, fields: object = {}) => ({ id: second, resource: "businesses", recordId: `b${second}`, action: "updated", version: 2, at: at(second), actor: "user:u", ...fields });
const change = (second: number, fields: object = {}) => ({ type: "change", timestamp: at(second), committedAt: at(second), resource: "businesses", recordId: `b${second}`, action: "updated", version: 2, ...fields }) as ChangeMessage;
const shown = () => theRecent().entries.map(({ change, name }) => name ?? change.recordId);

beforeEach(() => {
  stage = new Stage();
  stage.answers["/api/admin/businesses?id=b1%2Cb3&page=1&limit=2"] = () => reply({ items: [{ id: "b3", version: 2, name: "Third" }] });
  stage.answers[TRAIL] = () => reply({ items: [line(3), line(2, { resource: "users", recordId: "u", action: "signed-in", version: null }), line(1)] });
});
afterEach(() => {
  forgetRecent();
  stage.close();
});

test("it begins with the trail's changes of records, by their names, and goes on with the stream's", async () => {
  remember(change(4));
  await fill(stage.realtime);
  expect(theRecent().filled).toBe("yes");
  expect(shown()).toEqual(["b4", "Third", "b1"]);
  remember(change(5));
  expect(shown()).toEqual(["b5", "b4", "Third", "b1"]);
});

test("nothing stands twice, and what comes late stands where it belongs", async () => {
  remember(change(3, { patch: { name: "By the stream" } }));
  await fill(stage.realtime);
  remember(change(1));
  remember(change(2));
  expect(theRecent().entries.map(({ change: { recordId } }) => recordId)).toEqual(["b3", "b2", "b1"]);
  expect(theRecent().entries[0]!.change.patch).toEqual({ name: "By the stream" });
});

test("of many the newest are kept", async () => {
  stage.answers[TRAIL] = () => reply({ items: Array.from({ length: 30 }, (_, n) => line(40 - n)) });
  for (let second = 41; second < 46; second += 1) remember(change(second));
  await fill(stage.realtime);
  expect(theRecent().entries.map(({ change: { recordId } }) => recordId)).toEqual(Array.from({ length: 14 }, (_, n) => `b${45 - n}`));
});

test("after a gap the trail is asked again; what cannot be read is said, and nothing is lost of what is here", async () => {
  await fill(stage.realtime);
  remember({ type: "lost", timestamp: at(9), position: "9-0" } as Message);
  expect(theRecent().filled).toBe("no");
  stage.away = true;
  await fill(stage.realtime);
  expect(theRecent().filled).toBe("failed");
  expect(shown()).toEqual(["Third", "b1"]);
});
