import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, RealtimeProvider, useRealtimeData, type Realtime, type Rec } from "../../../src/realtime";
import { RealtimeDebug } from "../../../src/realtime/debug";
import { matching } from "../../../src/realtime/debug/messages";
import { rowsOf } from "../../../src/realtime/debug/cache";
import { FakeSource, list, reply } from "../doubles";

const ENDPOINT = "/api/admin/users?page=1";
let realtime: Realtime;
let asked: string[];

beforeEach(() => {
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", undefined);
  FakeSource.all = [];
  asked = [];
  realtime = createRealtime("", {
    fetch: (path) => {
      asked.push(path);
      return Promise.resolve(reply(list({ id: "a", version: 1, name: "Ann" }, { id: "b", version: 1, name: "Bob" }), "5-0"));
    },
  });
});

afterEach(() => {
  cleanup();
  realtime.close();
  vi.unstubAllGlobals();
});

function Names() {
  return <p>{useRealtimeData<Rec[]>(ENDPOINT).data?.map(({ name }) => name).join()}</p>;
}

/** Shows the view beside a list that follows the stream, and waits until it is there. */
async function show(): Promise<void> {
  render(<RealtimeProvider realtime={realtime}><RealtimeDebug /><Names /></RealtimeProvider>);
  await screen.findByText("Ann,Bob");
  await settle();
}

/** Lets a frame pass. */
const settle = () => act(() => new Promise((done) => setTimeout(done, 40)));

async function hear(fields: object, position: string): Promise<void> {
  const at = new Date().toISOString();
  act(() => FakeSource.last.say({ type: "change", timestamp: at, committedAt: at, resource: "users", recordId: "a", action: "updated", ...fields }, position));
  await settle();
}

const part = (name: string) => within(screen.getByRole("region", { name }));
const cells = (name: string, row: number) => within(part(name).getAllByRole("row")[row]!).getAllByRole("cell").map((cell) => cell.textContent);

test("the cache: rows, fetches, patches, who looks, and a way to fetch anew", async () => {
  await show();
  act(() => FakeSource.last.hello("5-0"));
  await hear({ version: 2, baseVersion: 1, patch: { name: "Eve" } }, "6-0");
  await screen.findByText("Eve,Bob");
  expect(part("Cache").getByRole("rowheader").textContent).toBe(ENDPOINT);
  const [rows, , stale, fetches, patches, observers, position] = cells("Cache", 1);
  expect({ rows, stale, fetches, patches, observers, position }).toEqual({ rows: "2", stale: "no", fetches: "1", patches: "1", observers: "1", position: "5-0" });
  fireEvent.click(screen.getByRole("button", { name: `Refresh ${ENDPOINT}` }));
  await settle();
  expect(asked.filter((path) => path === ENDPOINT)).toHaveLength(2);
  expect(cells("Cache", 1)[3]).toBe("2");
});

test("messages can be filtered, stopped and gone on with", async () => {
  await show();
  act(() => FakeSource.last.hello("5-0"));
  await hear({ version: 2, baseVersion: 1, patch: { name: "Eve" }, actor: "user:x" }, "6-0");
  await hear({ resource: "categories", recordId: "c", version: 9, patch: {} }, "7-0");
  expect(part("Messages").getAllByRole("row")).toHaveLength(4);
  expect(cells("Messages", 1).slice(1, 4)).toEqual(["change", "categories · updated · c", "7-0"]);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "user:x EVE" } });
  expect(part("Messages").getAllByRole("row")).toHaveLength(2);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "nobody" } });
  expect(screen.getByText("No message matches.")).toBeDefined();
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "" } });
  fireEvent.click(screen.getByRole("button", { name: "Pause" }));
  await hear({ version: 3, baseVersion: 2, patch: {} }, "8-0");
  expect(part("Messages").getAllByRole("row")).toHaveLength(4);
  fireEvent.click(screen.getByRole("button", { name: "Go on" }));
  expect(part("Messages").getAllByRole("row")).toHaveLength(5);
});

test("a change's way to the screen is measured on the row that shows it", async () => {
  await show();
  act(() => FakeSource.last.hello("5-0"));
  await hear({ version: 2, baseVersion: 1, patch: { name: "Eve" } }, "6-0");
  await settle();
  const [count, p50] = cells("Latency", 1);
  expect(count).toBe("1");
  expect(p50).toMatch(/^[\d.]+ ms$/);
  expect(screen.getByRole("img", { name: /Commit to pixel: 1 × ≤/ })).toBeDefined();
});

test("the connection can be dropped, and taken for gone", async () => {
  await show();
  act(() => FakeSource.last.hello("5-0"));
  await settle();
  expect(screen.getByText(/^live since/)).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Pretend offline" }));
  expect(await screen.findByText(/^offline since/)).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Back online" }));
  expect(await screen.findByRole("button", { name: "Pretend offline" })).toBeDefined();
  const before = FakeSource.all.length;
  act(() => FakeSource.last.hello("5-0"));
  fireEvent.click(screen.getByRole("button", { name: "Drop my connection" }));
  await settle();
  expect(part("Timeline").getAllByText("dropped").length).toBeGreaterThan(0);
  expect(FakeSource.all.length).toBeGreaterThanOrEqual(before);
});

test("its look is a stylesheet object: no style element is added", async () => {
  await show();
  expect(document.querySelectorAll("style")).toHaveLength(0);
  expect(document.adoptedStyleSheets.length).toBeGreaterThan(0);
});

test("what is no list is one row; nothing is none", () => {
  expect([undefined, { body: { id: "a" } }, { body: { items: [1, 2] } }, [1, 2, 3]].map(rowsOf)).toEqual(["—", "1", "2", "3"]);
  expect(matching([], "x")).toEqual([]);
});
