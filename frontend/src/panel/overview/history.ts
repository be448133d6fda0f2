/** Remembers the last changes for as long as the tab lives, whichever page is open. */
import { useSyncExternalStore } from "react";
import type { ChangeMessage, Message, RecentChange } from "../../realtime";
import { RESOURCES } from "../resources";

const KEPT = 14;
/** Milliseconds. */
const DRAWN_EVERY = 50;

export interface Entry {
  key: string;
  change: ChangeMessage;
  /** The record's name, where the server's summary told it. */
  name?: string | undefined;
}

const listeners = new Set<() => void>();
let entries: readonly Entry[] = [];

let waiting = false;

/** However many changes come at once, the screen is drawn once. */
function publish(next: readonly Entry[]): void {
  entries = next;
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    for (const listener of listeners) listener();
  }, DRAWN_EVERY);
}

/** Takes a message of the stream; only changes and summaries matter here. */
export function remember(message: Message): void {
  if (message.type === "update") return publish(named(message.data.recentChanges));
  if (message.type !== "change") return;
  const change = message as ChangeMessage;
  const key = `${change.resource}/${change.recordId ?? "many"}/${change.version ?? change.timestamp}/${change.action}`;
  if (entries.some((entry) => entry.key === key)) return;
  publish([{ key, change }, ...entries].slice(0, KEPT));
}

/** Changes carry only what changed; the summary that follows within seconds knows the names. */
function named(summary: Record<string, RecentChange[]>): Entry[] {
  const names = new Map<string, string>();
  for (const { key, name: resource } of RESOURCES) {
    for (const { id, name } of summary[key] ?? summary[resource] ?? []) if (name) names.set(`${resource}/${id}`, name);
  }
  return entries.map((entry) => ({ ...entry, name: names.get(`${entry.change.resource}/${entry.change.recordId}`) ?? entry.name }));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useRecent(): readonly Entry[] {
  return useSyncExternalStore(subscribe, () => entries);
}
