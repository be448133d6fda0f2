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
