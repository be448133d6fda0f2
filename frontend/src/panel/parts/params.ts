/** Filters and pages live in the address: they can be kept, shared, and gone back to. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

export type Values = Record<string, string>;

/** The parameters `names` of the address; an empty one is left out of it. Changing a filter leads back to page 1. */
export function useAddress(names: readonly string[]): [Values, (patch: Values, replace?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const key = names.join();
  const values = useMemo(() => Object.fromEntries(key.split(",").map((name) => [name, params.get(name) ?? ""])), [params, key]);
  const change = useCallback(
    (patch: Values, replace = false) => setParams((before) => merged(before, patch), { replace }),
    [setParams],
  );
  return [values, change];
}

export function merged(before: URLSearchParams, patch: Values): URLSearchParams {
  const next = new URLSearchParams(before);
  if (!("page" in patch) && Object.keys(patch).some((name) => name !== "record")) next.delete("page");
  for (const [name, value] of Object.entries(patch)) {
    if (value === "" || (name === "page" && value === "1")) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

export function pageOf(value: string | undefined): number {
  return Math.max(1, Number.parseInt(value ?? "1", 10) || 1);
}

/** `path?a=b`, without what is empty. */
export function address(path: string, values: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") params.set(name, String(value));
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}
