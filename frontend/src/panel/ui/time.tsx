/** Times as people say them, exact on hover; all of them tick with one clock. */
import { useSyncExternalStore } from "react";
import { messages } from "../messages";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** `5 min. ago`, `in 3 min.`, `just now` for less than half a minute. */
export function fromNow(time: number, at: number): string {
  const seconds = (time - at) / 1000;
  const size = Math.abs(seconds);
  if (size < 30) return messages.time.now;
  const [unit, length] = UNITS.find(([, length]) => size >= length) ?? ["minute", 60];
  return relative.format(Math.sign(seconds) * Math.max(1, Math.floor(size / length)), unit);
}

export function Time({ value }: { value: string | number | null | undefined }) {
  const at = useSyncExternalStore(subscribe, () => now);
  if (value === null || value === undefined) return <span className="quiet">{messages.app.none}</span>;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return <>{String(value)}</>;
  return (
    <time dateTime={date.toISOString()} title={exact.format(date)} className="nowrap">
      {fromNow(date.getTime(), Math.max(at, Date.now() - 10_000))}
    </time>
  );
}

const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

export function day(value: string | number): string {
  return date.format(new Date(value));
}

export function exactly(value: string | number): string {
  return exact.format(new Date(value));
}
