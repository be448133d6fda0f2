/** Remembers the last changes for as long as the tab lives, whichever page is open; those before it came from the audit trail. */
import { useSyncExternalStore } from "react";
import type { ChangeMessage, Message, Realtime, Rec, RecentChange } from "../../realtime";
import { readJson } from "../../realtime/fetching";
import type { AuditEntry } from "../generated/wire";
import { addressesOf, keyOf as subjectKey, titlesOf, type Subject, type Titles } from "../parts/titles";
import { resourceNamed, RESOURCES } from "../resources";

const KEPT = 14;
/** So many lines of the trail are read for them: some tell of no record. */
const READ = 60;
/** Milliseconds. */
const DRAWN_EVERY = 50;

export interface Entry {
  key: string;
  change: ChangeMessage;
  /** The record's name, where the server told it. */
  name?: string | undefined;
}

/** Whether what was before this tab came is among them. */
type Filled = "no" | "asked" | "yes" | "failed";

export interface Recent {
  entries: readonly Entry[];
  filled: Filled;
}

const listeners = new Set<() => void>();
let recent: Recent = { entries: [], filled: "no" };
let waiting = false;

/** However many changes come at once, the screen is drawn once. */
function publish(next: Partial<Recent>): void {
  recent = { ...recent, ...next };
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    for (const listener of listeners) listener();
  }, DRAWN_EVERY);
}

/** Takes a message of the stream; only changes, summaries and gaps matter here. */
export function remember(message: Message): void {
  const { entries } = recent;
  if (message.type === "update") return publish({ entries: named(namesIn(message.data.recentChanges)) });
  if (message.type === "lost") return publish({ filled: "no" }); // what the gap held stands in the trail
  if (message.type !== "change") return;
  const entry = { key: keyOf(message), change: message };
  if (!entries.some(({ key }) => key === entry.key)) publish({ entries: merged([entry, ...entries], []) });
}

/** Another person's session begins with nothing. */
export function forgetRecent(): void {
  publish({ entries: [], filled: "no" });
}

function keyOf({ resource, recordId, version, timestamp, action }: ChangeMessage): string {
  return `${resource}/${recordId ?? "many"}/${version ?? timestamp}/${action}`;
}

/** Brings in what the trail has, each once, the newest first; then what the records are called. */
export async function fill(realtime: Realtime): Promise<void> {
  publish({ filled: "asked" });
  try {
    const lines = await read<AuditEntry>(realtime, `/api/admin/audit?page=1&limit=${READ}`);
    const before = lines.flatMap((line) => (isOfRecord(line) ? [entryOf(line)] : [])).slice(0, KEPT);
    publish({ entries: merged(recent.entries, before), filled: "yes" });
    publish({ entries: named(await titles(realtime, before)) });
  } catch {
    if (recent.filled === "asked") publish({ filled: "failed" }); // told on the page, with the way to the trail
  }
}

async function read<T>(realtime: Realtime, path: string): Promise<T[]> {
  return (await readJson<{ items: T[] }>(realtime.send, path)).items;
}

function isOfRecord({ version, recordId, resource }: AuditEntry): boolean {
  return version !== null && recordId !== null && resourceNamed(resource) !== undefined;
}

function entryOf({ resource, recordId, action, version, at, actor }: AuditEntry): Entry {
  const change = { type: "change", timestamp: at, committedAt: at, resource, recordId: recordId ?? "", action: action as ChangeMessage["action"], version: version ?? 0, actor } as const;
  return { key: keyOf(change), change };
}

/** Those of the stream know more, and stand for the same of the trail. */
export function merged(live: readonly Entry[], before: readonly Entry[]): Entry[] {
  const known = new Set(live.map(({ key }) => key));
  const all = [...live, ...before.filter(({ key }) => !known.has(key))];
  return all.sort((one, other) => timeOf(other) - timeOf(one)).slice(0, KEPT);
}

function timeOf({ change }: Entry): number {
  return Date.parse(change.committedAt ?? change.timestamp);
}

async function titles(realtime: Realtime, entries: readonly Entry[]): Promise<Titles> {
  const asked = Object.entries(addressesOf(entries.map(({ change }) => subjectOf(change))));
  const found = asked.map(async ([name, path]): Promise<[string, Rec[]]> => [name, await read<Rec>(realtime, path)]);
  return titlesOf(Object.fromEntries(await Promise.all(found)));
}

function subjectOf({ resource, recordId }: ChangeMessage): Subject {
  return { resource, recordId: recordId ?? null };
}

/** Changes carry only what changed; the summary that follows within seconds knows the names. */
function namesIn(summary: Record<string, RecentChange[]>): Titles {
  const names = new Map<string, string>();
  for (const { key, name: resource } of RESOURCES) {
    for (const { id, name } of summary[key] ?? summary[resource] ?? []) if (name) names.set(subjectKey({ resource, recordId: id }), name);
  }
  return names;
}

function named(names: Titles): Entry[] {
  return recent.entries.map((entry) => ({ ...entry, name: names.get(subjectKey(subjectOf(entry.change))) ?? entry.name }));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const theRecent = (): Recent => recent;

export function useRecent(): Recent {
  return useSyncExternalStore(subscribe, theRecent);
}
