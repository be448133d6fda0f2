/** Which records are selected: some by name, or all that the list's question finds. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Rec } from "../../realtime";

export interface Selection {
  ids: ReadonlySet<string>;
  /** Every record that is listed, on whichever page. */
  all: boolean;
  some: boolean;
  has: (id: string) => boolean;
  toggle: (id: string, place: number, range: boolean) => void;
  takeAll: () => void;
  take: (rows: Rec[], on: boolean) => void;
  clear: () => void;
}

interface Chosen {
  ids: ReadonlySet<string>;
  all: boolean;
}

const NOTHING: Chosen = { ids: new Set(), all: false };

/** `list`: another question has another selection. */
export function useSelection(list: string, rowAt: (place: number) => Rec | undefined): Selection {
  const [{ ids, all }, choose] = useState<Chosen>(NOTHING);
  const last = useRef<number>(undefined);
  const rows = useRef(rowAt);
  rows.current = rowAt;
  const clear = useCallback(() => choose(NOTHING), []);
  useEffect(clear, [list, clear]);
  const toggle = useCallback((id: string, place: number, range: boolean) => {
    const among = range && last.current !== undefined ? between(rows.current, last.current, place) : [id];
    last.current = place;
    choose((before) => {
      const on = !before.ids.has(id);
      return { ids: changed(before.ids, among, on), all: false };
    });
  }, []);
  const take = useCallback((some: Rec[], on: boolean) => choose((before) => ({ ids: changed(before.ids, some.map(({ id }) => id), on), all: false })), []);
  const takeAll = useCallback(() => choose((before) => ({ ids: before.ids, all: true })), []);
  const has = useCallback((id: string) => all || ids.has(id), [all, ids]);
  return useMemo(() => ({ ids, all, some: all || ids.size > 0, has, toggle, take, takeAll, clear }), [ids, all, has, toggle, take, takeAll, clear]);
}

function between(rowAt: (place: number) => Rec | undefined, one: number, other: number): string[] {
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  return Array.from({ length: to - from + 1 }, (_, n) => rowAt(from + n)?.id).filter((id) => id !== undefined);
}

function changed(ids: ReadonlySet<string>, some: string[], on: boolean): ReadonlySet<string> {
  const next = new Set(ids);
  for (const id of some) if (on) next.add(id);
  else next.delete(id);
  return next;
}
