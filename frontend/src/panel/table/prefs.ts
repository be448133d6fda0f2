/** How this person likes this list: kept in the browser, by account and resource. */
import { useCallback, useState } from "react";
import { useUser } from "../auth/user";
import type { Resource } from "../resources";
import { columnsOf } from "./columns";

export interface View {
  name: string;
  /** As in the address, without page and record. */
  query: string;
  columns?: string[] | undefined;
}

export interface Prefs {
  /** Fields shown, in this order; none: as the resource declares. */
  columns?: string[] | undefined;
  tight: boolean;
  endless: boolean;
  views: View[];
}

const PLAIN: Prefs = { tight: false, endless: false, views: [] };

export function usePrefs(resource: Resource): [Prefs, (patch: Partial<Prefs>) => void] {
  const key = `digisence:list:${useUser().id}:${resource.name}`;
  const [prefs, setPrefs] = useState<Prefs>(() => readPrefs(localStorage.getItem(key), resource));
  const change = useCallback(
    (patch: Partial<Prefs>) =>
      setPrefs((before) => {
        const next = { ...before, ...patch };
        localStorage.setItem(key, JSON.stringify(next));
        return next;
      }),
    [key],
  );
  return [prefs, change];
}

/** What was kept, as far as it still makes sense: an older or another panel may have written it. */
export function readPrefs(kept: string | null, resource: Resource): Prefs {
  const found = parsed(kept);
  const known = new Set(columnsOf(resource).map(({ field }) => field));
  const columns = texts(found["columns"])?.filter((name) => known.has(name));
  return {
    tight: found["tight"] === true,
    endless: found["endless"] === true,
    views: Array.isArray(found["views"]) ? found["views"].filter(isView) : [],
    ...(columns && columns.length > 0 ? { columns } : {}),
  };
}

function parsed(kept: string | null): Record<string, unknown> {
  if (kept === null) return { ...PLAIN };
  try {
    const found: unknown = JSON.parse(kept);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {}; // not ours
  }
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
}

function isView(value: unknown): value is View {
  const { name, query } = (value ?? {}) as Partial<View>;
  return typeof name === "string" && typeof query === "string";
}

/** With this view in it; one of the same name gives way. */
export function withView(views: View[], view: View): View[] {
  return [...views.filter(({ name }) => name !== view.name), view].sort((one, other) => one.name.localeCompare(other.name));
}
