/** Requests as the signed-in person: cookies, the CSRF token, one refresh when the access token has run out. */

const REFRESH = "/api/auth/refresh";

export function cookie(name: string): string | undefined {
  return document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** `mine`: whether the session of now is still that of whoever asked; a refused request is not sent again in another's. */
export type Requester = (path: string, init?: RequestInit, mine?: () => boolean) => Promise<Response>;

/** A fetch for one server (default: the page's own); a 401 is tried once more after the access token was refreshed. */
export function requester(base = ""): Requester {
  let refreshing: Promise<Response | undefined> | undefined;

  const send = (path: string, init: RequestInit, csrfCookie: string): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    const token = cookie(csrfCookie);
    if (token && (init.method ?? "GET") !== "GET") headers.set("X-CSRF-TOKEN", token);
    return fetch(base + path, { credentials: base === "" ? "same-origin" : "include", ...init, headers });
  };

  /** One refresh at a time in this tab; another tab may have been quicker, which the new cookie tells. Gives a reply that failed. */
  const refresh = (before: string | undefined): Promise<Response | undefined> => {
    if (cookie("csrf_access_token") !== before) return Promise.resolve(undefined);
    refreshing ??= send(REFRESH, { method: "POST" }, "csrf_refresh_token")
      .then((reply) => (reply.ok ? undefined : reply))
      .finally(() => (refreshing = undefined));
    return refreshing;
  };

  return async (path, init = {}, mine = () => true) => {
    const before = cookie("csrf_access_token");
    const reply = await send(path, init, "csrf_access_token");
    const renewable = reply.status === 401 && cookie("csrf_refresh_token") !== undefined && !path.startsWith("/api/auth/login");
    if (!renewable) return reply;
    const failed = await refresh(before);
    if (!failed) return mine() ? send(path, init, "csrf_access_token") : reply;
    return failed.status < 429 ? reply : failed.clone(); // busy or out of reach: that signs nobody out
  };
}
