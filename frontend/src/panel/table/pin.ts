/** While somebody reads, what is created waits outside: a pill tells how many, a click lets them in. No row jumps. */
import { useEffect, useState } from "react";
import { useConnection, useRealtimeData, type Rec } from "../../realtime";
import { questionOf, type TableState } from "./url";

export interface Pin {
  /** What was created after this time is not shown; none while nobody reads. */
  pin: string | undefined;
  waiting: number;
  release: () => void;
}

/** `reading`: scrolled, selected or editing. `rows`: what is shown now, which must stay. */
export function usePin(resource: string, state: TableState, reading: boolean, rows: () => Rec[]): Pin {
  const [pin, setPin] = useState<string>();
  const { position } = useConnection();
  const own = Object.keys(state.filters).some((name) => name.startsWith("createdAt["));
  const list = JSON.stringify([state.search, state.filters]);
  useEffect(() => {
    setPin(reading && !own ? (before) => before ?? latest(position, rows()) : undefined);
    // eslint-disable-next-line -- the moment of the first reading counts, not later positions
  }, [reading, own, list]);
  const params = new URLSearchParams({ ...questionOf(state), "createdAt[gt]": pin ?? "", page: "1", limit: "1" });
  const { meta } = useRealtimeData(`/api/admin/${resource}?${params}`, { enabled: pin !== undefined });
  const release = () => setPin(reading && !own ? latest(position, rows()) : undefined);
  return { pin, waiting: pin === undefined ? 0 : (meta.total ?? 0), release };
}

/** The last moment that is surely shown: what the stream has told of, or the newest row. */
export function latest(position: string | undefined, rows: Rec[]): string | undefined {
  const told = position === undefined ? [] : [new Date(Number.parseInt(position, 10)).toISOString()];
  const born = rows.map(({ createdAt }) => createdAt).filter((time) => typeof time === "string");
  return [...told, ...born].sort().at(-1);
}
