// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChannel } from "./browser";
import { FakeSource } from "./doubles";
import { change, closeBrowser, hello, LIVE, openBrowser, pass, resumesFrom, say, streams, tab, tabs } from "./tabs";

beforeEach(openBrowser);
afterEach(closeBrowser);

test("twelve tabs, one stream, and all hear everything once", async () => {
  for (let n = 0; n < 12; n += 1) await tab();
  await hello();
  await change("6-0", "7-0");
  expect(streams()).toHaveLength(1);
  expect(tabs.filter(({ leads }) => leads)).toHaveLength(1);
  for (const each of tabs) {
    expect(each.heard).toEqual(["hello", "change 6-0", "change 7-0"]);
    expect(each.state).toMatchObject({ open: true, transport: "sse" });
  }
});

test("a tab that missed something asks the leader for it", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  await change("6-0");
  const channel = FakeChannel.open[1]!;
  const ear = channel.onmessage;
  channel.onmessage = null;
  await change("7-0", "8-0");
  channel.onmessage = ear;
  await change("9-0");
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0", "change 7-0", "change 8-0", "change 9-0"]);
  expect(second!.events).toContain("follower here caught up with 3 messages");
});

test("a heartbeat shows a gap as well", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  const channel = FakeChannel.open[1]!;
  const ear = channel.onmessage;
  channel.onmessage = null;
  await change("6-0");
  channel.onmessage = ear;
  FakeSource.last.beat("6-0");
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0"]);
});

test("a tab that comes later is told how things stand, where it begins, and the last counts", async () => {
  await tab();
  await hello();
  await say({ type: "initial", data: { users: 3 } }, "5-0");
  await change("6-0");
  const second = await tab();
  expect(second.heard).toEqual(["hello", "initial 5-0"]);
  expect(second.state).toMatchObject({ open: true, position: "6-0" });
  await change("7-0");
  expect(second.heard).toContain("change 7-0");
});

test("a tab that comes back from sleep hears what it missed; after too long it is told that it is lost", async () => {
  const [, second] = [await tab(), await tab()];
  await hello();
  second!.shared.close();
  await change("6-0", "7-0");
  second!.shared.open();
  await pass(LIVE);
  expect(second!.heard).toEqual(["hello", "change 6-0", "change 7-0"]);
  second!.shared.close();
  for (let n = 8; n < 220; n += 1) await change(`${n}-0`);
  second!.shared.open();
  await pass(LIVE);
  expect(second!.heard.slice(3)).toEqual(["lost"]);
  await change("300-0");
  expect(second!.heard.slice(4)).toEqual(["change 300-0"]);
});

test("lost is told to all, and a number below the old ones counts from then on", async () => {
  const [, second] = [await tab(), await tab()];
  await hello("90-0");
  await say({ type: "lost", position: "3-0" });
  await change("4-0");
  expect(second!.heard).toEqual(["hello", "lost", "change 4-0"]);
});

test("signing out in one tab ends all", async () => {
  const [first, second, third] = [await tab(), await tab(), await tab()];
  await hello();
  second!.shared.close(true);
  await pass(LIVE);
  for (const each of [first!, third!]) expect(each.state).toMatchObject({ over: true, reason: "signed-out" });
  expect(streams()).toEqual([]);
});

test("any tab may cut the stream, and all see what comes of it", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  second!.shared.drop();
  await pass(1);
  expect(first!.state).toMatchObject({ open: false, reason: "cut" });
  expect(second!.state).toMatchObject({ open: false, reason: "cut" });
  expect(second!.events.join()).toContain("failed leader while open");
  await pass(2_000);
  await hello("5-0");
  expect(second!.state).toMatchObject({ open: true });
});

test("a tab that is looked at wakes the leader's stream", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  FakeSource.last.fail();
  await pass(0);
  expect(streams()).toHaveLength(0);
  second!.show();
  await pass(1);
  expect(streams()).toHaveLength(1);
  expect(first!.leads).toBe(true);
});

test.each(["BroadcastChannel", "navigator"])("without %s each tab has a stream of its own, while it is looked at", async (missing) => {
  vi.stubGlobal(missing, missing === "navigator" ? { onLine: true } : undefined);
  const [first, second] = [await tab("alone"), await tab("alone")];
  expect(first!.leads && second!.leads).toBe(true);
  expect(streams()).toHaveLength(2);
  await hello("5-0");
  await change("6-0");
  expect(second!.heard).toEqual(["hello", "change 6-0"]);
  expect(first!.heard).toEqual([]);
  second!.hide();
  await pass(2_100);
  expect(streams()).toHaveLength(1);
  expect(second!.state).toMatchObject({ open: false, reason: "asleep" });
  second!.show();
  expect(streams()).toHaveLength(2);
  expect(resumesFrom()).toBe("6-0");
  vi.stubGlobal("document", { visibilityState: "hidden" });
  const third = await tab("alone"); // opened in the background
  expect(streams()).toHaveLength(2);
  expect(third.state).toMatchObject({ open: false, reason: "asleep" });
});
