/** Requests of the panel, as the signed-in person. */
import { RequestFailed } from "../realtime";
import { call } from "../realtime/fetching";
import { cookie, requester } from "../realtime/request";
import type { User } from "./types";

export const request = requester();

export async function post<T>(path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method: "POST" };
  if (body !== undefined) Object.assign(init, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const reply = await call(request, path, init);
  return (reply.status === 204 ? undefined : await reply.json()) as T;
}

/** Held by the tab that asks for a new session in the place of the old one. */
const RENEWAL = "digisence-renewal";

/** Changes one's password: that ends every session, this one too, and the reply brings a fresh one. */
export async function changePassword(currentPassword: string | undefined, newPassword: string): Promise<void> {
  const change = () => post<void>("/api/auth/password", { currentPassword, newPassword });
  await (navigator.locks ? navigator.locks.request(RENEWAL, {}, change) : change());
}

/** A request that is not taken for signed out while, in whichever tab, a new session takes the place of the old one. `mine`: see Requester. */
export async function steadily(path: string, init: RequestInit = {}, mine = () => true): Promise<Response> {
  const before = cookie("csrf_access_token");
  const reply = await request(path, init, mine);
  if (reply.status !== 401 || !navigator.locks) return reply;
  await navigator.locks.request(RENEWAL, { mode: "shared" }, () => Promise.resolve());
  return cookie("csrf_access_token") === before || !mine() ? reply : request(path, init, mine);
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
