/** The hooks' observers: what they show while endpoints, their number and the client change, drawn twice as React's strict mode does. */
import { act, cleanup, renderHook } from "@testing-library/react";
import { StrictMode, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, RealtimeProvider, useRealtimeData, useRealtimeMultipleData, type Realtime, type Rec } from "../../src/realtime";
import { FakeSource, list, reply } from "./doubles";

const USERS = "/api/admin/users";
let asked: string[];
let open: Realtime[];

beforeEach(() => {
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", undefined);
  FakeSource.all = [];
  asked = [];
  open = [];
});

afterEach(() => {
  cleanup();
  for (const realtime of open) realtime.close();
  vi.unstubAllGlobals();
});

/** A client whose server has one record in every list, named by client and address. */
function client(name: string): Realtime {
  const fetch = (path: string) => {
    asked.push(`${name} ${path}`);
    return Promise.resolve(reply(list({ id: "a", version: 1, name: `${name} ${path}` }), "5-0"));
  };
  open.push(createRealtime("", { fetch }));
  return open.at(-1)!;
}

const inside = (realtime: Realtime) => ({ children }: { children: ReactNode }) => (
  <StrictMode><RealtimeProvider realtime={realtime}>{children}</RealtimeProvider></StrictMode>
);
const named = (data: Rec[] | undefined) => data?.[0]?.["name"];

test("another page is loading while the rows of the one before stand in", async () => {
  const { result, rerender } = renderHook(({ page }) => useRealtimeData<Rec[]>(`${USERS}?page=${page}`), { wrapper: inside(client("one")), initialProps: { page: 1 } });
  await vi.waitFor(() => expect(result.current.loading).toBe(false));
  rerender({ page: 2 });
  expect(result.current).toMatchObject({ loading: true, data: [{ name: `one ${USERS}?page=1` }] });
  await vi.waitFor(() => expect(result.current).toMatchObject({ loading: false, data: [{ name: `one ${USERS}?page=2` }] }));
  expect(asked).toEqual([`one ${USERS}?page=1`, `one ${USERS}?page=2`]);
});

test("names come and go; two of one address share a request; a change reaches each", async () => {
  const first: Record<string, string> = { a: `${USERS}?page=1`, b: `${USERS}?page=1` };
  const { result, rerender } = renderHook((endpoints) => useRealtimeMultipleData<Record<string, Rec[]>>(endpoints), { wrapper: inside(client("one")), initialProps: first });
  await vi.waitFor(() => expect(Object.values(result.current).every(({ loading }) => !loading)).toBe(true));
  rerender({ b: `${USERS}?page=1`, c: `${USERS}?page=3` });
  await vi.waitFor(() => expect(named(result.current["c"]!.data)).toBe(`one ${USERS}?page=3`));
  expect(Object.keys(result.current)).toEqual(["b", "c"]);
  expect(asked).toEqual([`one ${USERS}?page=1`, `one ${USERS}?page=3`]);
  act(() => {
    FakeSource.last.hello("5-0");
    FakeSource.last.say({ type: "change", resource: "users", recordId: "a", action: "updated", version: 2, baseVersion: 1, patch: { name: "New" } }, "6-0");
  });
  await vi.waitFor(() => expect(Object.values(result.current).map(({ data }) => named(data))).toEqual(["New", "New"]));
});

test("another client is another server", async () => {
  const [one, two] = [client("one"), client("two")];
  let realtime = one;
  const wrapper = ({ children }: { children: ReactNode }) => <RealtimeProvider realtime={realtime}>{children}</RealtimeProvider>;
  const { result, rerender } = renderHook(() => [useRealtimeData<Rec[]>(`${USERS}?page=1`), useRealtimeMultipleData<{ a: Rec[] }>({ a: `${USERS}?page=2` }).a] as const, { wrapper });
  const shown = () => result.current.map(({ data }) => named(data));
  await vi.waitFor(() => expect(shown()).toEqual([`one ${USERS}?page=1`, `one ${USERS}?page=2`]));
  realtime = two;
  rerender();
  await vi.waitFor(() => expect(shown()).toEqual([`two ${USERS}?page=1`, `two ${USERS}?page=2`]));
});

test("that something is being fetched draws nothing, only what it brings", async () => {
  let drawn = 0;
  const realtime = client("one");
  const wrapper = ({ children }: { children: ReactNode }) => <RealtimeProvider realtime={realtime}>{children}</RealtimeProvider>;
  const { result } = renderHook(() => {
    drawn += 1;
    return useRealtimeData<Rec[]>(`${USERS}?page=1`, { enableSSE: false });
  }, { wrapper });
  await vi.waitFor(() => expect(result.current.loading).toBe(false));
  const before = result.current.lastUpdated!;
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before.getTime()));
  drawn = 0;
  await act(() => result.current.refresh());
  await vi.waitFor(() => expect(result.current.lastUpdated).not.toEqual(before));
  expect(asked).toHaveLength(2);
  expect(drawn).toBe(1);
});

test("a server that draws the page shows that it loads", () => {
  function Count() {
    const { users } = useRealtimeMultipleData({ users: USERS });
    return <p>{useRealtimeData(USERS).loading && users.loading ? "Loading" : "Here"}</p>;
  }
  expect(renderToString(<RealtimeProvider realtime={client("one")}><Count /></RealtimeProvider>)).toBe("<p>Loading</p>");
  expect(asked).toEqual([]);
});
