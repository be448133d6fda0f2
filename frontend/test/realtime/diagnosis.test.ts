import { afterEach, expect, test, vi } from "vitest";
import { ANSWER_TIMEOUT, diagnose } from "../../src/realtime/diagnosis";
import { RequestFailed, unreachable } from "../../src/realtime/errors";

const STREAM = "/api/admin/sse?initial=none";

function server(account: number, stream = 200, retryAfter?: number) {
  const signals: AbortSignal[] = [];
  const ask = (path: string, init?: RequestInit): Promise<Response> => {
    signals.push(init!.signal!);
    const status = path === STREAM ? stream : account;
    if (status === 0) return Promise.reject(unreachable());
    if (status >= 400) return Promise.reject(new RequestFailed(status, "error", "no", [], retryAfter));
    return Promise.resolve(new Response("", { status }));
  };
  return { ask, signals };
}

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  [200, undefined, { reachable: true, over: false }],
  [401, undefined, { reachable: true, over: true }],
  [0, undefined, { reachable: false, over: false, reason: "server-down" }],
  [502, undefined, { reachable: false, over: false, reason: "server-down" }],
  [429, 7, { reachable: true, over: false, reason: "limit", retryMs: 7_000 }],
])("the account answers %d", async (status, retryAfter, found) => {
  expect(await diagnose(server(status, 200, retryAfter).ask, "/api/auth/me")).toEqual(found);
});

test.each([
  [200, undefined, { reachable: true, over: false }],
  [401, undefined, { reachable: true, over: true }],
  [403, undefined, { reachable: true, over: false }],
  [0, undefined, { reachable: true, over: false }],
  [429, 15, { reachable: true, over: false, reason: "limit", retryMs: 15_000 }],
  [503, 5, { reachable: true, over: false, reason: "feed-down", retryMs: 5_000 }],
])("the stream answers %d", async (status, retryAfter, found) => {
  const { ask, signals } = server(200, status, retryAfter);
  expect(await diagnose(ask, "/api/auth/me", STREAM)).toEqual(found);
  expect(signals.every(({ aborted }) => aborted)).toBe(true); // a stream that was opened is let go
});

test("without a network it is the network", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  expect(await diagnose(server(0).ask, "/api/auth/me")).toMatchObject({ reason: "network" });
});

test("no answer in time is none, even from who cannot be stopped", async () => {
  vi.useFakeTimers();
  const found = diagnose(() => new Promise(() => undefined), "/api/auth/me");
  await vi.advanceTimersByTimeAsync(ANSWER_TIMEOUT);
  expect(await found).toEqual({ reachable: false, over: false, reason: "server-down" });
});

test("what is no failed request is not hidden", async () => {
  await expect(diagnose(() => Promise.reject(new RangeError("a bug")), "/api/auth/me")).rejects.toThrow("a bug");
});
