/** The reference page says what the code says. */
import { readFileSync } from "node:fs";
import { renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import * as everything from "../../src/realtime";
import * as debug from "../../src/realtime/debug";
import { goneSince, UNSENT, unreachable, unreadable, unsent, type RequestFailed, type Unsent } from "../../src/realtime/errors";
import { MOST_ROWS } from "../../src/realtime/fetching";
import * as plain from "../../src/realtime/plain";
import { KINDS } from "../../src/realtime/timeline";
import { FakeSource, list, reply } from "./doubles";

const PAGE = readFileSync("../docs/reference/browser-client.md", "utf8");
const { createRealtime, DEFAULTS, MOST_EVENTS, QUEUE, REASONS, setDefaultRealtime, useRealtimeData } = everything;

function section(title: string): string {
  const found = PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (!found) throw new Error(`the page has no section ${title}`);
  return found;
}

/** The cells of the section's first table, its head left out. */
function rows(title: string): string[][] {
  const lines = section(title).split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

function names(cell: string): string[] {
  return [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
}

const first = (title: string) => rows(title).flatMap(([cell]) => names(cell!));

afterEach(() => {
  setDefaultRealtime(undefined);
  vi.unstubAllGlobals();
});

test("every export is named where it comes from", () => {
  const [core, all, view] = rows("What it exports").map(([, cell]) => names(cell!));
  expect(core!.sort()).toEqual(Object.keys(plain).sort());
  expect([...core!, ...all!].sort()).toEqual(Object.keys(everything).sort());
  expect(view!.sort()).toEqual(Object.keys(debug).sort());
});

test("every option with its default", () => {
  const told = Object.fromEntries(rows("Options").map(([name, value]) => [names(name!)[0], JSON.parse(value!)]));
  expect(told).toEqual(DEFAULTS);
});

test("every result of the hook, of a subscription, of the connection", async () => {
  vi.stubGlobal("EventSource", FakeSource);
  const realtime = createRealtime("", { fetch: () => Promise.resolve(reply(list(), "1-0")) });
  setDefaultRealtime(realtime);
  const { result, unmount } = renderHook(() => useRealtimeData("/api/admin/users"));
  await vi.waitFor(() => expect(result.current.loading).toBe(false));
  expect(first("Results").sort()).toEqual(Object.keys(result.current).sort());
  expect(names(rows("Results").find(([name]) => name === "`meta`")![1]!).sort()).toEqual(Object.keys(result.current.meta).sort());
  const seen = vi.fn();
  realtime.subscribe("/api/admin/users", seen)();
  const told = names(rows("Without React").find(([name]) => name === "`subscribe`")![1]!);
  expect(told.sort()).toEqual(Object.keys(seen.mock.lastCall![0]).sort());
  expect(first("The connection")).toEqual(expect.arrayContaining(Object.keys(realtime.status())));
  unmount();
  realtime.close();
});

test("every member of the client that it names is there", () => {
  const realtime = createRealtime();
  for (const name of first("Without React")) expect(realtime, name).toHaveProperty(name);
  realtime.close();
});

test("every reason with its sentence", () => {
  const told = Object.fromEntries(rows("Reasons").map(([name, sentence]) => [names(name!)[0], sentence]));
  expect(told).toEqual(REASONS);
});

test("every error of the client's own", () => {
  const own: RequestFailed[] = [unreachable(), unreadable(), goneSince(), ...(Object.keys(UNSENT) as Unsent[]).map(unsent)];
  expect(rows("Errors").map(([name, status, message]) => [names(name!)[0], Number(status), message])).toEqual(own.map(({ code, status, message }) => [code, status, message]));
});

test("every kind of event", () => {
  expect(first("The timeline").sort()).toEqual([...KINDS].sort());
});

test("the limits", () => {
  expect(section("Edits")).toContain(`${QUEUE.most} edits and ${QUEUE.longest / 1_000} s each`);
  expect(section("The timeline")).toContain(`The last ${MOST_EVENTS} events`);
  expect(section("Results")).toContain(`up to ${MOST_ROWS} rows`);
});
