/** From the interface's series to the columns of a chart: one time axis, a gap where nothing is known. Pure. */
import type { AnalyticsSeries } from "../generated/wire";

export interface Line {
  name: string;
  unit: string;
  /** By start of its step, in milliseconds. */
  points: Map<number, number>;
}

export type Naming = (series: AnalyticsSeries) => string;

/** Series of one name are added up, step by step. */
export function linesOf(series: AnalyticsSeries[], name: Naming): Line[] {
  const lines = new Map<string, Line>();
  for (const each of series) {
    const key = name(each);
    const line = lines.get(key) ?? { name: key, unit: each.unit, points: new Map<number, number>() };
    lines.set(key, line);
    for (const [at, value] of each.points) {
      const time = Date.parse(String(at));
      line.points.set(time, (line.points.get(time) ?? 0) + Number(value));
    }
  }
  return [...lines.values()];
}

/** Every step for which any line has a figure, in order. */
export function timesOf(lines: Line[]): number[] {
  return [...new Set(lines.flatMap(({ points }) => [...points.keys()]))].sort((one, other) => one - other);
}

/** The lines worth drawing: those that are not 0 throughout; all when every one is. */
export function drawn(lines: Line[]): Line[] {
  const moving = lines.filter(({ points }) => [...points.values()].some((value) => value !== 0));
  return moving.length > 0 ? moving : lines.filter(({ points }) => points.size > 0);
}

/** As uPlot takes them: seconds, then a column a line; null where nothing is known. */
export function columnsOf(lines: Line[]): [number[], ...(number | null)[][]] {
  const times = timesOf(lines);
  return [times.map((time) => time / 1000), ...lines.map(({ points }) => times.map((time) => points.get(time) ?? null))];
}

const DAY = 86_400_000;
export const MOST_HOURS = 2_000;

export interface Span {
  from: string;
  to: string;
  step: "hour" | "day";
}

/** From the beginning of an hour or of a day (UTC), so that the same answer serves for as long. */
export function spanOf(range: string, step: string, own: { from: string; to: string }, now: number): Span {
  const length = step === "hour" ? 3_600_000 : DAY;
  const chosen = step === "hour" ? "hour" : "day";
  if (range === "own" && own.from) return { from: new Date(`${own.from}T00:00:00Z`).toISOString(), to: own.to ? new Date(`${own.to}T00:00:00Z`).toISOString() : "", step: chosen };
  const days = Number.parseInt(range, 10) || 30;
  return { from: new Date(Math.floor((now - days * DAY) / length) * length).toISOString(), to: "", step: chosen };
}

export function tooLong({ from, to, step }: Span, now: number): boolean {
  return step === "hour" && ((to ? Date.parse(to) : now) - Date.parse(from)) / 3_600_000 >= MOST_HOURS;
}
