/** Plain HTTP: one endpoint's answer with its position; all pages where no page was asked for. */
import { failure, unreachable } from "./errors";
import { isList } from "./patch";
import { compare } from "./position";
import type { Answer, ListBody, Rec } from "./types";

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

export const MOST_ROWS = 10_000;
const PAGE = 500;

/** Throws RequestFailed for what is not 2xx and, with status 0, when no reply came at all. */
export async function call(fetch: Fetch, path: string, init?: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (error instanceof TypeError) throw unreachable();
    throw error;
  }
  if (!reply.ok) throw await failure(reply);
  return reply;
}

async function one(fetch: Fetch, endpoint: string, signal?: AbortSignal): Promise<Answer> {
  const reply = await call(fetch, endpoint, signal ? { signal } : {});
  const body: unknown = await reply.json();
  return { body, position: reply.headers.get("X-Feed-Position") ?? undefined };
}

/** The answer of one endpoint; a list without page and limit comes whole, up to 10 000 rows. */
export async function load(fetch: Fetch, endpoint: string, whole: boolean, signal?: AbortSignal): Promise<Answer> {
  const first = await one(fetch, endpoint, signal);
  if (!whole || !isList(first.body) || !(first.body.items.length < first.body.total)) return first;
  return loadAll(fetch, endpoint, signal);
}

async function loadAll(fetch: Fetch, endpoint: string, signal?: AbortSignal): Promise<Answer> {
  const records = new Map<string, Rec>();
  const joint = endpoint.includes("?") ? "&" : "?";
  let total = 0;
  let position: string | undefined;
  for (let page = 1; page === 1 || (records.size < total && page <= MOST_ROWS / PAGE); page += 1) {
    const answer = await one(fetch, `${endpoint}${joint}page=${page}&limit=${PAGE}`, signal);
    const body = answer.body as ListBody;
    if (page === 1 || compare(answer.position, position) < 0) position = answer.position;
    total = body.total;
    for (const item of body.items) records.set(item.id, item);
    if (body.items.length === 0) break;
  }
  const items = [...records.values()];
  return { body: { items, page: 1, limit: items.length, total }, position, truncated: total > MOST_ROWS };
}
