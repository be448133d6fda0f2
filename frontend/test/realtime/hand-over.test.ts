// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChannel } from "./browser";
import { FakeSource } from "./doubles";
import { change, closeBrowser, hello, LIVE, openBrowser, pass, resumesFrom, streams, Tab, tab, tabs } from "./tabs";

beforeEach(openBrowser);
afterEach(closeBrowser);

test("when the leader goes the next resumes where it stood, and nobody hears anything twice or not at all", async () => {
  const [first, second, third] = [await tab(), await tab(), await tab()];
  await hello();
  await change("6-0");
  first.shared.close();
  await pass(1);
  expect(second.leads).toBe(true);
  expect(streams()).toHaveLength(1);
  expect(resumesFrom()).toBe("6-0");
  await hello("8-0");
  await change("7-0", "8-0"); // what was said meanwhile is said again
  for (const each of [second, third]) expect(each.heard.filter((word) => word !== "hello")).toEqual(["change 6-0", "change 7-0", "change 8-0"]);
});

test("a leader that resumes from further back than another tab stands brings that one nothing twice", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  await change("6-0");
  const late = FakeChannel.open[1]!; // the next leader's ear is slow
  const ear = late.onmessage;
  late.onmessage = null;
  const third = await tab();
  await change("7-0");
  late.onmessage = ear;
  first.shared.close();
  await pass(1);
  expect(second.leads).toBe(true);
  expect(resumesFrom()).toBe("6-0");
  await hello("7-0");
  await change("7-0", "8-0");
  expect(second.heard).toEqual(["hello", "change 6-0", "hello", "change 7-0", "change 8-0"]);
  expect(third.heard.filter((word) => word.startsWith("change"))).toEqual(["change 7-0", "change 8-0"]);
});

test("a leader that comes back from sleep follows", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.shared.close();
  await pass(1);
  await hello("6-0");
  await change("7-0");
  first!.shared.open();
  await pass(LIVE);
  expect([first!.leads, second!.leads]).toEqual([false, true]);
  expect(first!.heard).toEqual(["hello", "change 7-0"]);
});

test("a hidden leader makes room for a tab that is looked at, but not at once", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.hide();
  await pass(4_900);
  expect(first!.leads).toBe(true);
  await pass(500);
  expect([first!.leads, second!.leads]).toEqual([false, true]);
  expect(streams()).toHaveLength(1);
  expect(resumesFrom()).toBe("5-0");
  await hello("6-0");
  await change("7-0");
  expect(first!.heard).toContain("change 7-0");
});

test("a glance at another tab moves nothing; when nobody looks, the leader stays", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  first!.hide();
  await pass(2_000);
  first!.show();
  await pass(60_000);
  expect(first!.leads).toBe(true);
  first!.hide();
  second!.hide();
  await pass(60_000);
  expect(first!.leads).toBe(true);
  second!.show();
  await pass(400);
  expect(second!.leads).toBe(true);
});

test("of many tabs that are looked at one takes over", async () => {
  const first = await tab();
  for (let n = 0; n < 5; n += 1) await tab();
  await hello();
  first.hide();
  await pass(6_000);
  await hello("6-0");
  await pass(60_000);
  expect(first.leads).toBe(false);
  expect(tabs.filter(({ leads }) => leads)).toHaveLength(1);
  expect(streams()).toHaveLength(1);
});

test("a leader that says nothing any more is replaced within 20 s", async () => {
  const [first, second] = [await tab(), await tab()];
  await hello();
  FakeChannel.open[0]!.close(); // stands still, with its lock and its stream
  first!.hidden = true;
  await pass(20_100);
  expect(second!.leads).toBe(true);
  expect(first!.leads).toBe(false); // it lost the lock
});

test("a newcomer that is elected before it knows anything resumes from where the others stand", async () => {
  const first = await tab();
  await hello();
  await change("6-0");
  const ear = FakeChannel.open[0]!.onmessage;
  FakeChannel.open[0]!.onmessage = null; // the leader does not answer the newcomer any more
  const newcomer = await tab();
  const third = await tab();
  FakeChannel.open[0]!.onmessage = ear;
  third.shared.close();
  third.shared.open();
  await pass(LIVE); // now it knows, but waits behind the newcomer
  first.shared.close();
  await pass(LIVE * 10);
  expect(newcomer.leads).toBe(true);
  expect(resumesFrom()).toBe("6-0");
});

test("with the runtime's own locks and channels", async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("location", { href: "http://localhost/" });
  vi.stubGlobal("document", { visibilityState: "visible" });
  const [first, second] = [new Tab("real"), new Tab("real")];
  tabs.push(first, second);
  await vi.waitFor(() => expect(FakeSource.all).toHaveLength(1));
  await new Promise((done) => setTimeout(done, 50)); // both have told each other that they are there
  FakeSource.last.hello("5-0");
  FakeSource.last.say({ type: "change", resource: "users", action: "updated" }, "6-0");
  await vi.waitFor(() => expect(second.heard).toContain("change 6-0"));
  first.shared.close();
  await vi.waitFor(() => expect(second.shared.leads).toBe(true));
  expect(resumesFrom()).toBe("6-0");
});
