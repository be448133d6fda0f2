/** Why there is no stream, found out by ordinary requests: an EventSource tells no status code. */
import type { Reason } from "./connection";
import { RequestFailed } from "./errors";
import { within } from "./patience";

export interface Finding {
  /** Whether ordinary requests are answered. */
  reachable: boolean;
  /** The server does not know us any more. */
  over: boolean;
  /** Absent when the server has no objection of its own. */
  reason?: Reason;
  /** When the server wants to be asked again. */
  retryMs?: number;
}

export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

export const ANSWER_TIMEOUT = 10_000;

/** `stream` is asked too, when the server refused it; its answer is not read further than its status. */
export async function diagnose(ask: Ask, account: string, stream?: string): Promise<Finding> {
  const found = finding(await status(ask, account), false);
  if (stream === undefined || !found.reachable || found.over) return found;
  return finding(await status(ask, stream), true);
}

interface Answer {
  status: number;
  retryAfter?: number | undefined;
}

async function status(ask: Ask, path: string): Promise<Answer> {
  try {
    return { status: (await within(ANSWER_TIMEOUT, (signal) => ask(path, { signal }))).status }; // a stream that was opened is let go
  } catch (error) {
    if (error instanceof RequestFailed) return { status: error.status, retryAfter: error.retryAfter };
    throw error;
  }
}

function finding({ status, retryAfter }: Answer, ofStream: boolean): Finding {
  const wait = retryAfter === undefined ? {} : { retryMs: retryAfter * 1_000 };
  if (status === 401) return { reachable: true, over: true };
  if (status === 429) return { reachable: true, over: false, reason: "limit", ...wait };
  if (status === 0 && ofStream) return { reachable: true, over: false }; // something in between stops it: another transport may pass
  if (status === 0) return { reachable: false, over: false, reason: navigator.onLine ? "server-down" : "network" };
  if (status >= 500) return { reachable: ofStream, over: false, reason: ofStream ? "feed-down" : "server-down", ...wait };
  return { reachable: true, over: false };
}
