/** What went wrong with a request, for programs (status, code) and for people (message). */
import type { Rec } from "./types";

export interface FieldError {
  field: string;
  message: string;
}

export class RequestFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: FieldError[] = [],
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "RequestFailed";
  }

  /** Worth trying again: the network, a server in trouble, or "not so fast". */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Somebody else changed the record first (412): nothing was written. `fields` says which of yours clash; it may be none. */
export class Conflict extends RequestFailed {
  /** What you wanted to write; undefined for a deletion and outside of `mutate`. */
  yours: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string,
    fields: FieldError[],
    /** The record as it stands now; undefined when the server does not tell. */
    readonly theirs: Rec | undefined,
  ) {
    super(412, code, message, fields);
    this.name = "Conflict";
  }
}

const BY_STATUS: Record<number, string> = {
  0: "The server cannot be reached. Check your connection; this page goes on trying.",
  401: "You are signed out. Sign in again.",
  403: "Your account may not see this.",
  404: "This no longer exists.",
  429: "Too many requests. Wait a moment.",
};

/** Why an edit came to nothing, though nobody refused it. */
export const UNSENT = {
  "queue-full": "As many changes wait for the server as this page can keep. Try again when it is back.",
  "waited-too-long": "This change was not sent: the server took none for ten minutes. Make it again when it is back.",
  "called-off": "This change was not sent: it was called off.",
  closed: "This change was not sent: the page has ended its connection.",
  "signed-out": "This change was not sent: you were signed out first.",
  unsure: "The server could not be reached, and whether this change was made is not known. Look before you make it again.",
} as const;

export type Unsent = keyof typeof UNSENT;

export function unsent(code: Unsent): RequestFailed {
  return new RequestFailed(0, code, UNSENT[code]);
}

/** Builds the error of a reply that is not 2xx, from its problem+json body where it has one. */
export async function failure(reply: Response): Promise<RequestFailed> {
  const problem = await body(reply);
  const fallback = BY_STATUS[reply.status] ?? `The server answered with an error (${reply.status}).`;
  const message = text(problem["detail"]) ?? text(problem["title"]) ?? fallback;
  const fields = Array.isArray(problem["errors"]) ? (problem["errors"] as FieldError[]) : [];
  const retryAfter = Number(reply.headers.get("Retry-After")) || undefined;
  const code = text(problem["code"]) ?? "error";
  if (reply.status === 412) return new Conflict(code, message, fields, problem["current"] as Rec | undefined);
  return new RequestFailed(reply.status, code, message, fields, retryAfter);
}

export function goneSince(): RequestFailed {
  return new RequestFailed(404, "gone-since", "This change was made, but the record has gone since.");
}

export function unreachable(retryAfter?: number): RequestFailed {
  return new RequestFailed(0, "unreachable", BY_STATUS[0]!, [], retryAfter);
}

/** An answer that is not what was asked for, e.g. a proxy's page in place of data. */
export function unreadable(): RequestFailed {
  return new RequestFailed(502, "unreadable", "The server's answer cannot be read. Something on the way may have replaced it.");
}

async function body(reply: Response): Promise<Record<string, unknown>> {
  const isJson = reply.headers.get("Content-Type")?.includes("json");
  if (!isJson) return {};
  const value: unknown = await reply.json().catch(() => ({}));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether the same request may go well another time. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof RequestFailed) || error.passing;
}

/** The sentence a person is shown after the last try. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
