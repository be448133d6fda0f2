/** How many records each resource has: by stream; by plain requests while there is none. */
import { useConnection, useRealtimeMultipleData, useStreamCounts, type Counts } from "../realtime";
import { RESOURCES } from "./resources";

const ENDPOINTS: Record<string, string> = Object.fromEntries(RESOURCES.map(({ key, name }) => [key, `/api/admin/${name}?page=1&limit=1`]));

export function useTotals(): Counts {
  const { state } = useConnection();
  const told = useStreamCounts();
  const asking = state !== "live" && (told === undefined || state === "polling");
  const asked = useRealtimeMultipleData(ENDPOINTS, { enabled: asking });
  if (!asking) return told ?? {};
  const known = Object.entries(asked).flatMap(([key, { meta }]) => (meta.total === undefined ? [] : [[key, meta.total] as const]));
  return { ...told, ...Object.fromEntries(known) };
}
