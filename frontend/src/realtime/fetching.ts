/** Plain HTTP: one endpoint's answer with its position; all pages where no page was asked for; what is here is not sent again. */
import { isOpen, isRecords, type View } from "./endpoint";
import { failure, RequestFailed, unreachable, unreadable } from "./errors";
import { bringUp, isList, staysInPlace, type Delta } from "./patch";
import { PATIENCE, within } from "./patience";
import type { Answer, ListBody, Position, Rec } from "./types";

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;
/** A request whose refusal is thrown, as `call` does. */
export type Send = Fetch;

export const MOST_ROWS = 10_000;
const PAGE = 500;
/** A list that loses records while its pages are read is read again, so many times. */
const READINGS = 3;

export interface Ask {
  endpoint: string;
  seen: View;
  /** The answer that is here: asked is only what differs from it. */
  held?: Answer | undefined;
}

/** What came, before it is brought together with what is here. */
export interface Reply {
  /** Absent: nothing has changed since `held`. */
  body?: unknown;
  /** Instead of a body: what changed since `held`. */
  delta?: Delta;
  held?: Answer | undefined;
  position?: Position | undefined;
  etag?: string | undefined;
  truncated?: boolean;
}

/** Throws RequestFailed for what is neither 2xx nor 304 and, with status 0, when no reply came at all. */
export async function call(fetch: Fetch, path: string, init?: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (error instanceof TypeError) throw unreachable();
    throw error;
  }
  if (!reply.ok && reply.status !== 304) throw await failure(reply);
  return reply;
}

/** What a request gives, read whole within PATIENCE. */
export function readJson<T>(send: Send, path: string, init: RequestInit = {}): Promise<T> {
  return within(PATIENCE, async (signal) => (await bodyOf(await send(path, { ...init, signal }))) as T);
}

async function bodyOf(reply: Response): Promise<unknown> {
  try {
    return await reply.json();
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable();
    if (error instanceof TypeError) throw unreachable(); // cut while it was read
    throw error;
  }
}

/** The answer of one endpoint; a list without page and limit comes whole, up to 10 000 rows. */
export async function load(fetch: Fetch, { endpoint, seen, held }: Ask): Promise<Reply> {
  const many = seen.whole && isList(held?.body) && held.body.items.length > PAGE;
  if (held?.position !== undefined && isList(held.body) && !held.truncated && (isOpen(seen) || (many && isRecords(seen)))) {
    const told = await since(fetch, seen.path, held.position);
    if (told && staysInPlace(seen, held.body, told.delta)) return { ...told, held };
  }
  if (many) return loadAll(fetch, endpoint, seen, held);
  const first = await one(fetch, endpoint, held);
  if (!seen.whole || !isList(first.body) || !(first.body.items.length < first.body.total)) return first;
  return loadAll(fetch, endpoint, seen);
}

async function one(fetch: Fetch, endpoint: string, held?: Answer): Promise<Reply> {
  const init = held?.etag ? { headers: { "If-None-Match": held.etag } } : {};
  return within(PATIENCE, async (signal) => {
    const reply = await call(fetch, endpoint, { ...init, signal });
    const position = reply.headers.get("X-Feed-Position") ?? undefined;
    if (reply.status === 304) return { held, position };
    return { body: await bodyOf(reply), position, etag: reply.headers.get("ETag") ?? undefined };
  });
}

/** What changed in a resource after a position; undefined when nobody can tell any more. */
async function since(fetch: Fetch, path: string, from: Position): Promise<{ delta: Delta; position: Position } | undefined> {
  try {
    const { body } = await one(fetch, `${path}?since=${encodeURIComponent(from)}`);
    const { items, deleted, position } = body as Delta & { position: Position };
    return { delta: { items, deleted }, position };
  } catch (error) {
    if (error instanceof RequestFailed && [404, 410, 422].includes(error.status)) return undefined;
    throw error;
  }
}

async function loadAll(fetch: Fetch, endpoint: string, seen: View, held?: Answer): Promise<Reply> {
  for (let reading = 1; ; reading += 1) {
    const pages = await readPages(fetch, endpoint, reading === 1 ? held : undefined);
    const list = pages?.body;
    if (!pages || !list) return { held, position: pages?.position };
    if (pages.still || pages.truncated || !isRecords(seen) || reading === READINGS) return pages;
    const later = await since(fetch, seen.path, pages.position!);
    if (!later) return pages;
    const { items, deleted } = later.delta;
    if (deleted.length === 0 && items.length === 0) return pages;
    if (deleted.length === 0 && isOpen(seen)) return { ...pages, body: bringUp(seen, list, later.delta) };
  }
}

interface Pages extends Reply {
  body?: ListBody;
  /** Nothing can have moved while they were read. */
  still: boolean;
}

/** All pages one after another, with the position of the first. */
async function readPages(fetch: Fetch, endpoint: string, held?: Answer): Promise<Pages> {
  const records = new Map<string, Rec>();
  const joint = endpoint.includes("?") ? "&" : "?";
  const told: Reply[] = [];
  let total = 0;
  for (let page = 1; page === 1 || (records.size < total && page <= MOST_ROWS / PAGE); page += 1) {
    const reply = await one(fetch, `${endpoint}${joint}page=${page}&limit=${PAGE}`, page === 1 ? held : undefined);
    if (reply.body === undefined) return { held, position: reply.position, still: true };
    const body = reply.body as ListBody;
    told.push(reply);
    total = body.total;
    for (const item of body.items) records.set(item.id, item);
    if (body.items.length === 0) break;
  }
  const items = [...records.values()];
  const [{ position, etag } = {} as Reply] = told;
  const still = told.length === 1; // what is committed and not published yet moves rows between pages, and no position
  const known = total > MOST_ROWS ? total : items.length; // the last page's may count what came meanwhile, which is added yet
  return { body: { items, page: 1, limit: items.length, total: known }, position, etag, truncated: total > MOST_ROWS, still };
}
