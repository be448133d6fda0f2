/** The history that the page shares: asked for once for each range, whoever looks. */
import { useRealtimeData } from "../../realtime";
import { messages } from "../messages";
import type { CheckOverTime, History } from "../types";

export const RANGES = ["1d", "7d", "30d", "90d"] as const;
export type Range = (typeof RANGES)[number];
export const USUAL: Range = "30d";

export function useHistory(range: Range = USUAL): { history: History | undefined; error: string | null } {
  const { data, error } = useRealtimeData<History>(`/api/admin/integrity/history?from=${range}`);
  return { history: data, error };
}

export function usePast(check: string): CheckOverTime | undefined {
  return useHistory().history?.checks.find((each) => each.check === check);
}

/** `3 d 4 h`, `25 min`, `40 s`: the two largest units that count. */
export function lasting(seconds: number): string {
  const names = messages.health.units;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) parts.push(`${whole} ${names[unit]}`);
  }
  return parts.slice(0, 2).join(" ") || `0 ${names.s}`;
}
