/** The rows of a list, by place: one page of it, or the stretch of an endless one that is in sight. */
import { useCallback, useRef } from "react";
import { useRealtime, useRealtimeMultipleData, type Rec, type Snapshot } from "../../realtime";
import { endpointOf, type TableState } from "./url";

/** Rows a request brings while scrolling. */
export const STRETCH = 100;
/** Further down the browser's own limits of height come near, and nobody scrolls there. */
export const FARTHEST = 100_000;

export interface Sheet {
  /** What the server counts; undefined before it has. */
  total: number | undefined;
  /** How many places there are to scroll through. */
  count: number;
  /** Undefined while it is on its way. */
  rowAt: (place: number) => Rec | undefined;
  rows: Rec[];
  loading: boolean;
  /** Nothing can be shown at all. */
  error: string | null;
  isStale: boolean;
  lastUpdated: Date | null;
  refresh: () => Promise<void>;
}

export interface Wanted {
  resource: string;
  state: TableState;
  limit: number;
  endless: boolean;
  pin: string | undefined;
  /** Of an endless list: the first and last place in sight. */
  sight: readonly [number, number];
}

export function useSheet({ resource, state, limit, endless, pin, sight }: Wanted): Sheet {
  const realtime = useRealtime();
  const size = endless ? STRETCH : limit;
  const pages = endless ? pagesIn(sight) : [state.page];
  const endpoints = Object.fromEntries(pages.map((page) => [page, endpointOf(resource, { ...state, page }, size, pin)]));
  const found = useRealtimeMultipleData<string>(endpoints) as Record<string, Snapshot<Rec[]>>;
  const known = useKnown(endpointOf(resource, { ...state, page: endless ? 1 : state.page }, size), found);
  const addresses = Object.values(endpoints).join("\n");
  const refresh = useCallback(() => Promise.all(addresses.split("\n").map(realtime.refresh)).then(() => undefined), [realtime, addresses]);
  return { ...joined(found, known, endless, size, state.page), refresh };
}

/** Pages from 1 that hold the places from `first` to `last`. */
export function pagesIn([first, last]: readonly [number, number]): number[] {
  const from = Math.floor(first / STRETCH);
  return Array.from({ length: Math.max(1, Math.floor(last / STRETCH) - from + 1) }, (_, n) => from + n + 1);
}

interface Known {
  list: string;
  total: number | undefined;
  pages: Map<number, Rec[]>;
}

/** What was shown last, so that nothing blinks while the same places are asked for anew. */
function useKnown(list: string, found: Record<string, Snapshot<Rec[]>>): Known {
  const ref = useRef<Known>({ list, total: undefined, pages: new Map() });
  if (ref.current.list !== list) ref.current = { list, total: undefined, pages: new Map() };
  for (const [page, { data, loading, meta }] of Object.entries(found)) {
    if (loading || !data) continue;
    ref.current.pages.set(Number(page), data);
    ref.current.total = meta.total;
  }
  return ref.current;
}

function joined(found: Record<string, Snapshot<Rec[]>>, known: Known, endless: boolean, size: number, page: number): Omit<Sheet, "refresh"> {
  const answers = Object.values(found);
  const total = known.total;
  const only = endless ? undefined : known.pages.get(page);
  const rows = endless ? Object.keys(found).flatMap((name) => known.pages.get(Number(name)) ?? []) : (only ?? []);
  return {
    total,
    count: endless ? Math.min(total ?? 0, FARTHEST) : rows.length,
    rowAt: (place) => (endless ? known.pages.get(Math.floor(place / size) + 1)?.[place % size] : rows[place]),
    rows,
    loading: answers.some(({ loading }) => loading),
    error: total === undefined || (!endless && !only) ? (answers.find(({ error }) => error !== null)?.error ?? null) : null,
    isStale: answers.some(({ isStale }) => isStale),
    lastUpdated: answers[0]?.lastUpdated ?? null,
  };
}
