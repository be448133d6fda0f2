/** Requests as the signed-in person: cookies, the CSRF token, one refresh when the access token has run out. */
import type { Fetch } from "./fetching";

const CSRF_METHODS = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const REFRESH = "/api/auth/refresh";

export function cookie(name: string): string | undefined {
  const match = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return match ? decodeURIComponent(match.slice(name.length + 1)) : undefined;
}

/** A fetch for one server (default: the page's own); a 401 is tried once more after the access token was refreshed. */
export function requester(base = ""): Fetch {
  let refreshing: Promise<boolean> | undefined;

  const send = (path: string, init: RequestInit, csrfCookie: string): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    const token = cookie(csrfCookie);
    if (token && CSRF_METHODS.has(init.method ?? "GET")) headers.set("X-CSRF-TOKEN", token);
    return fetch(base + path, { credentials: base === "" ? "same-origin" : "include", ...init, headers });
  };

  /** One refresh at a time in this tab; another tab may have been quicker, which the new cookie tells. */
  const refresh = (before: string | undefined): Promise<boolean> => {
    if (cookie("csrf_access_token") !== before) return Promise.resolve(true);
    refreshing ??= send(REFRESH, { method: "POST" }, "csrf_refresh_token")
      .then((reply) => reply.ok)
      .finally(() => (refreshing = undefined));
    return refreshing;
  };

  return async (path, init = {}) => {
    const before = cookie("csrf_access_token");
    const reply = await send(path, init, "csrf_access_token");
    const renewable = reply.status === 401 && cookie("csrf_refresh_token") !== undefined && !path.startsWith("/api/auth/login");
    if (renewable && (await refresh(before))) return send(path, init, "csrf_access_token");
    return reply;
  };
}
