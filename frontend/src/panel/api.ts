/** Requests as the signed-in person: cookies, the CSRF token, one refresh when the access token has run out. */
import { RequestFailed } from "../realtime";
import { call } from "../realtime/fetching";
import type { User } from "./types";

const CSRF_METHODS = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const REFRESH = "/api/auth/refresh";

function cookie(name: string): string | undefined {
  const match = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return match ? decodeURIComponent(match.slice(name.length + 1)) : undefined;
}

function send(path: string, init: RequestInit, csrfCookie: string): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Accept", "application/json");
  const token = cookie(csrfCookie);
  if (token && CSRF_METHODS.has(init.method ?? "GET")) headers.set("X-CSRF-TOKEN", token);
  return fetch(path, { credentials: "same-origin", ...init, headers });
}

let refreshing: Promise<boolean> | undefined;

/** One refresh at a time in this tab; another tab may have been quicker, which the new cookie tells. */
function refresh(before: string | undefined): Promise<boolean> {
  if (cookie("csrf_access_token") !== before) return Promise.resolve(true);
  refreshing ??= send(REFRESH, { method: "POST" }, "csrf_refresh_token")
    .then((reply) => reply.ok)
    .finally(() => (refreshing = undefined));
  return refreshing;
}

/** Like fetch; a 401 is tried once more after the access token was refreshed. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const before = cookie("csrf_access_token");
  const reply = await send(path, init, "csrf_access_token");
  const renewable = reply.status === 401 && cookie("csrf_refresh_token") !== undefined && !path.startsWith("/api/auth/login");
  if (renewable && (await refresh(before))) return send(path, init, "csrf_access_token");
  return reply;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method: "POST" };
  if (body !== undefined) Object.assign(init, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const reply = await call(request, path, init);
  return (reply.status === 204 ? undefined : await reply.json()) as T;
}

/** The signed-in user; undefined when nobody is signed in. */
export async function whoAmI(): Promise<User | undefined> {
  if (!cookie("csrf_access_token") && !cookie("csrf_refresh_token")) return undefined;
  try {
    const reply = await call(request, "/api/auth/me");
    return userOf(await reply.json());
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 401) return undefined;
    throw error;
  }
}

/** `{user: {…}}` or the user itself. */
export function userOf(body: unknown): User {
  const holder = body as { user?: User };
  return holder.user ?? (body as User);
}
