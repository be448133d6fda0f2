/** How far a job is, from what it tells of itself. Pure. */
import type { QueuedWork } from "../generated/wire";
import { words } from "./words";

export interface Progress {
  /** 0 to 1; null where the end is not known. */
  share: number | null;
  text: string;
}

const DONE = ["seen", "checksDone", "done", "rows", "sent"];
const TOTAL = ["total", "checksTotal"];

function numberIn(told: Record<string, unknown>, names: string[]): number | null {
  const found = names.map((name) => told[name]).find((value) => typeof value === "number");
  return typeof found === "number" ? found : null;
}

export function progressOf(told: Record<string, unknown>): Progress | null {
  const [done, total] = [numberIn(told, DONE), numberIn(told, TOTAL)];
  const phase = [told["phase"], told["check"]].filter((value) => typeof value === "string").join(" ");
  if (done === null) return phase ? { share: null, text: phase } : null;
  return { share: total ? Math.min(1, done / total) : null, text: [words.done(done, total), phase].filter(Boolean).join(" · ") };
}

/** `1.4 s`; null before it has begun and ended. */
export function tookOf({ startedAt, endedAt }: Pick<QueuedWork, "startedAt" | "endedAt">): string | null {
  if (!startedAt || !endedAt) return null;
  const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

export interface Argument {
  name: string;
  required: boolean;
  /** A number where the schema says so; else a text. */
  number: boolean;
}

/** The arguments a job takes, by its JSON Schema. */
export function argumentsOf(schema: Record<string, unknown>): Argument[] {
  const properties = (schema["properties"] ?? {}) as Record<string, { type?: string }>;
  const required = (schema["required"] ?? []) as string[];
  return Object.entries(properties).map(([name, { type }]) => ({ name, required: required.includes(name), number: type === "integer" || type === "number" }));
}
