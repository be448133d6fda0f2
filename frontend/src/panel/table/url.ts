/** Page, search, sort, filters and the opened record live in the address: it can be kept, shared, and gone back to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

export const LIMIT = 25;
export const DEFAULT_SORT = "-createdAt";
const OWN = new Set(["page", "search", "sort", "record", "limit", "tab"]);

/** By parameter of the list's address: `status` → `NEW,READ`, `createdAt[gte]` → a time. */
export type Filters = Record<string, string>;

export interface TableState {
  page: number;
  search: string;
  /** Comma-separated, `-` from the end. */
  sort: string;
  filters: Filters;
  record: string | undefined;
}

export type Patch = { [K in keyof TableState]?: TableState[K] | undefined };
export type Change = (patch: Patch, replace?: boolean) => void;

export function useTableState(): [TableState, Change] {
  const [params, setParams] = useSearchParams();
  const state = useMemo(() => readState(params), [params]);
  const change = useCallback<Change>((patch, replace = false) => setParams((before) => merge(before, patch), { replace }), [setParams]);
  return [state, change];
}

export function readState(params: URLSearchParams): TableState {
  return {
    page: Math.max(1, Number.parseInt(params.get("page") ?? "1", 10) || 1),
    search: params.get("search") ?? "",
    sort: params.get("sort") || DEFAULT_SORT,
    filters: Object.fromEntries([...params].filter(([name]) => !OWN.has(name))),
    record: params.get("record") ?? undefined,
  };
}

export function merge(before: URLSearchParams, { filters, ...patch }: Patch): URLSearchParams {
  const next = new URLSearchParams(before);
  if (filters) for (const name of [...next.keys()]) if (!OWN.has(name)) next.delete(name);
  for (const [name, value] of Object.entries({ ...patch, ...filters })) {
    const plain = value === undefined || value === "" || (name === "page" && value === 1) || (name === "sort" && value === DEFAULT_SORT);
    if (plain) next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

/** What is asked for, whichever page of it: search and filters by the names of the list's address. */
export function questionOf({ search, filters }: Pick<TableState, "search" | "filters">, pin?: string): Filters {
  return { ...filters, ...(search ? { search } : {}), ...(pin ? { "createdAt[lte]": pin } : {}) };
}

/** `pin`: what was created later waits outside. */
export function endpointOf(resource: string, state: TableState, limit = LIMIT, pin?: string): string {
  const params = new URLSearchParams({ page: String(state.page), limit: String(limit), sort: state.sort, ...questionOf(state, pin) });
  return `/api/admin/${resource}?${params}`;
}

/** The address of a list narrowed by these filters. */
export function listAddress(resource: string, filters: Filters): string {
  return `/records/${resource}?${new URLSearchParams(filters)}`;
}

/** A value as a filter takes it: a comma would part two values. */
export function escaped(value: string): string {
  return value.replaceAll(",", "\\,");
}

export function valuesIn(filter: string | undefined): string[] {
  return filter ? filter.split(/(?<!\\),/).map((value) => value.replaceAll("\\,", ",")) : [];
}

/** Ascending first, then descending; a third click returns to the order of arrival. `among`: beside the other fields sorted by. */
export function nextSort(current: string, field: string, among = false): string {
  if (among) return joined(current, field);
  if (current === field) return `-${field}`;
  return current === `-${field}` && current !== DEFAULT_SORT ? DEFAULT_SORT : field;
}

function joined(current: string, field: string): string {
  const words = current.split(",");
  const place = words.findIndex((word) => word === field || word === `-${field}`);
  if (place < 0) return [...words, field].join(",");
  const rest = words[place] === field ? words.with(place, `-${field}`) : words.toSpliced(place, 1);
  return rest.join(",") || DEFAULT_SORT;
}

/** How a field takes part in a sort: its direction, and its rank when there are several. */
export function sortedBy(sort: string, field: string): { way: "up" | "down"; rank: number | undefined } | undefined {
  const words = sort.split(",");
  const place = words.findIndex((word) => word === field || word === `-${field}`);
  if (place < 0) return undefined;
  return { way: words[place] === field ? "up" : "down", rank: words.length > 1 ? place + 1 : undefined };
}
