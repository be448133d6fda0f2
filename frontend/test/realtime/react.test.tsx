import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRealtime, RealtimeProvider, useRealtimeData, useRealtimeMultipleData, type Rec, type Realtime } from "../../src/realtime";
import { FakeSource, list, reply } from "./doubles";

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
      return Promise.resolve(path.includes("none") ? reply({ detail: "No such list." }, undefined, 404) : reply(list({ id: "a", version: 1, name: path }), "5-0"));
    },
  });
});

afterEach(() => {
  cleanup();
  realtime.close();
  vi.unstubAllGlobals();
});

function Names({ endpoint }: { endpoint: string }) {
  const { data, loading, error, isStale, connection, meta } = useRealtimeData<Rec[]>(endpoint);
  if (loading) return <p>loading</p>;
  return <p>{error ?? `${data?.map(({ name }) => name).join()} ${meta.total} ${connection.state} ${isStale ? "stale" : "fresh"}`}</p>;
}

const show = (node: React.ReactNode) => render(<RealtimeProvider realtime={realtime}>{node}</RealtimeProvider>);

test("two of the same endpoint cost one request; a patch reaches both", async () => {
  const endpoint = "/api/admin/users?page=1";
  show(<><Names endpoint={endpoint} /><Names endpoint={endpoint} /></>);
  expect(screen.getAllByText("loading")).toHaveLength(2);
  expect(await screen.findAllByText(`${endpoint} 1 polling fresh`)).toHaveLength(2);
  expect(asked).toEqual([endpoint]);
  act(() => {
    FakeSource.last.hello("5-0");
    FakeSource.last.say({ type: "change", resource: "users", recordId: "a", action: "updated", version: 2, baseVersion: 1, patch: { name: "New" } }, "6-0");
  });
  expect(await screen.findAllByText("New 1 live fresh")).toHaveLength(2);
});

test("an error is a sentence", async () => {
  show(<Names endpoint="/api/admin/none?page=1" />);
  expect(await screen.findByText("No such list.")).toBeDefined();
});

test("what waits for the server is counted for whoever asks, and the record shows what it shall become", async () => {
  function Renaming() {
    const { data, connection, meta, mutate, isPending } = useRealtimeData<Rec[]>("/api/admin/users?page=1");
    const rename = () => void mutate({ id: "a", fields: { name: "Mine" } }).catch(() => undefined);
    return <button onClick={rename}>{`${data?.[0]?.["name"]} ${meta.pending} ${connection.waiting} ${isPending("a")}`}</button>;
  }
  show(<Renaming />);
  const button = await screen.findByText("/api/admin/users?page=1 0 0 false");
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  act(() => button.click());
  expect(await screen.findByText("Mine 1 1 true")).toBeDefined();
});

test("several endpoints by name", async () => {
  function Both() {
    const { users, categories } = useRealtimeMultipleData({ users: "/api/admin/users?page=1", categories: "/api/admin/categories?page=1" });
    return <p>{`${users.meta.total ?? "-"} ${categories.meta.total ?? "-"}`}</p>;
  }
  show(<Both />);
  expect(await screen.findByText("1 1")).toBeDefined();
});
