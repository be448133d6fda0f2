/** What whoever follows an endpoint is given. */
import { isList } from "./patch";
import type { Meta } from "./types";

export interface Snapshot<T> {
  data: T | undefined;
  loading: boolean;
  error: string | null;
  lastUpdated: Date | null;
  isStale: boolean;
  meta: Meta;
}

/** A list gives its items, all else itself. */
export function content<T>(body: unknown): T | undefined {
  return (isList(body) ? body.items : body) as T | undefined;
}

export function metaOf(body: unknown, truncated = false): Omit<Meta, "pending"> {
  if (!isList(body)) return {};
  const { page, limit, total } = body;
  return { page, limit, total, truncated };
}
