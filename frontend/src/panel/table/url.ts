/** Page, search, sort and the opened record live in the address: it can be kept, shared, and gone back to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

export const LIMIT = 25;
export const DEFAULT_SORT = "-createdAt";

export interface TableState {
  page: number;
  search: string;
  sort: string;
  record: string | undefined;
}

type Patch = { [K in keyof TableState]?: TableState[K] | undefined };

export function useTableState(): [TableState, (patch: Patch, replace?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const state = useMemo<TableState>(
    () => ({
      page: Math.max(1, Number.parseInt(params.get("page") ?? "1", 10) || 1),
      search: params.get("search") ?? "",
      sort: params.get("sort") ?? DEFAULT_SORT,
      record: params.get("record") ?? undefined,
    }),
    [params],
  );
  const change = useCallback(
    (patch: Patch, replace = false) => setParams((before) => merge(before, patch), { replace }),
    [setParams],
  );
  return [state, change];
}

function merge(before: URLSearchParams, patch: Patch): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(patch)) {
    const plain = value === undefined || value === "" || (name === "page" && value === 1) || (name === "sort" && value === DEFAULT_SORT);
    if (plain) next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

export function endpointOf(resource: string, { page, search, sort }: TableState): string {
  const params = new URLSearchParams({ page: String(page), limit: String(LIMIT), sort });
  if (search) params.set("search", search);
  return `/api/admin/${resource}?${params}`;
}

/** Ascending first, then descending; a third click returns to the order of arrival. */
export function nextSort(current: string, field: string): string {
  if (current === field) return `-${field}`;
  return current === `-${field}` && current !== DEFAULT_SORT ? DEFAULT_SORT : field;
}
