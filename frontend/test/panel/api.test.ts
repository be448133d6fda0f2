import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { changePassword, request, steadily, whoAmI } from "../../src/panel/api";
import { FakeLocks } from "../realtime/browser";
import { reply } from "../realtime/doubles";

let asked: { path: string; csrf: string | null }[];
let answer: (path: string) => Response;

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    asked.push({ path, csrf: new Headers(init.headers).get("X-CSRF-TOKEN") });
    return Promise.resolve(answer(path));
  });
  document.cookie = "csrf_access_token=old";
  document.cookie = "csrf_refresh_token=again";
});

afterEach(() => {
  vi.unstubAllGlobals();
  for (const name of ["csrf_access_token", "csrf_refresh_token"]) document.cookie = `${name}=; max-age=0`;
});

function expired(path: string): Response {
  if (path === "/api/auth/refresh") {
    document.cookie = "csrf_access_token=new";
    return reply({});
  }
  return document.cookie.includes("=new") ? reply({ ok: true }) : reply({ code: "token-expired" }, undefined, 401);
}

test("an expired token is refreshed, and the request sent once more with the new CSRF token", async () => {
  answer = expired;
  const done = await request("/api/admin/users/1", { method: "PATCH" });
  expect(done.status).toBe(200);
  expect(asked).toEqual([
    { path: "/api/admin/users/1", csrf: "old" },
    { path: "/api/auth/refresh", csrf: "again" },
    { path: "/api/admin/users/1", csrf: "new" },
  ]);
});

test("many requests at once cost one refresh", async () => {
  answer = expired;
  const all = await Promise.all(["/a", "/b", "/c"].map((path) => request(path)));
  expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(asked.filter(({ path }) => path === "/api/auth/refresh")).toHaveLength(1);
});

test("a refused refresh leaves the 401 as it is", async () => {
  answer = () => reply({ code: "token-revoked" }, undefined, 401);
  expect((await request("/api/admin/users")).status).toBe(401);
  expect(asked.map(({ path }) => path)).toEqual(["/api/admin/users", "/api/auth/refresh"]);
});

test("a refresh that is out of reach signs nobody out: all who ask hear of that instead", async () => {
  answer = (path) => (path === "/api/auth/refresh" ? reply({ code: "database-away" }, undefined, 503) : reply({ code: "token-expired" }, undefined, 401));
  const all = await Promise.all(["/a", "/b"].map((path) => request(path)));
  expect(await Promise.all(all.map(async (each) => [each.status, ((await each.json()) as { code: string }).code]))).toEqual([[503, "database-away"], [503, "database-away"]]);
});

test("who is refused while a new session takes the old one's place asks again with the new one", async () => {
  vi.stubGlobal("navigator", { locks: new FakeLocks(), onLine: true });
  let arrive: (reply: Response) => void = () => undefined;
  const changed = new Promise<Response>((done) => (arrive = done));
  vi.stubGlobal("fetch", (path: string) =>
    path === "/api/auth/password" ? changed : Promise.resolve(document.cookie.includes("=new") ? reply({}) : reply({ code: "token-revoked" }, undefined, 401)));
  const change = changePassword("old", "new");
  const asked = steadily("/api/admin/users");
  await new Promise((done) => setTimeout(done, 20)); // by now it has been refused
  document.cookie = "csrf_access_token=new";
  arrive(reply({}));
  await change;
  expect((await asked).status).toBe(200);
});

test.each([["refreshed", "again"], ["taken", "other"]])("what was refused is not sent again in the session of somebody else who signed in meanwhile (%s)", async (_how, session) => {
  vi.stubGlobal("navigator", { locks: new FakeLocks(), onLine: true });
  answer = (path) => {
    if (path !== "/api/auth/refresh" && session === "other") document.cookie = "csrf_access_token=new";
    return path === "/api/admin/users" ? reply({ code: "token-revoked" }, undefined, 401) : expired(path);
  };
  const refused = await steadily("/api/admin/users", { method: "POST" }, () => false);
  expect(refused.status).toBe(401);
  expect(asked.filter(({ path }) => path === "/api/admin/users")).toHaveLength(1);
});

test("reads carry no CSRF token", async () => {
  answer = () => reply({});
  await request("/api/admin/users");
  expect(asked).toEqual([{ path: "/api/admin/users", csrf: null }]);
});

test("without cookies nobody is signed in, and nobody is asked", async () => {
  for (const name of ["csrf_access_token", "csrf_refresh_token"]) document.cookie = `${name}=; max-age=0`;
  expect(await whoAmI()).toBeUndefined();
  expect(asked).toEqual([]);
});
