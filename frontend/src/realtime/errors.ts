/** What went wrong with a request, for programs (status, code) and for people (message). */

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

const BY_STATUS: Record<number, string> = {
  0: "The server cannot be reached. Check your connection; this page goes on trying.",
  401: "You are signed out. Sign in again.",
  403: "Your account may not see this.",
  404: "This no longer exists.",
  429: "Too many requests. Wait a moment.",
};

/** Builds the error of a reply that is not 2xx, from its problem+json body where it has one. */
export async function failure(reply: Response): Promise<RequestFailed> {
  const problem = await body(reply);
  const fallback = BY_STATUS[reply.status] ?? `The server answered with an error (${reply.status}).`;
  const message = text(problem["detail"]) ?? text(problem["title"]) ?? fallback;
  const fields = Array.isArray(problem["errors"]) ? (problem["errors"] as FieldError[]) : [];
  const retryAfter = Number(reply.headers.get("Retry-After")) || undefined;
  return new RequestFailed(reply.status, text(problem["code"]) ?? "error", message, fields, retryAfter);
}

export function unreachable(): RequestFailed {
  return new RequestFailed(0, "unreachable", BY_STATUS[0]!);
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
