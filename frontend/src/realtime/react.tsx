/** The same transport as React hooks, for React 18 and 19: `useRealtimeData` is a thin layer on TanStack Query. */
import type { QueryObserverResult } from "@tanstack/query-core";
import { createContext, useCallback, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import type { Connection } from "./connection";
import type { Creation, Deleted, Deletion, Realtime, Snapshot, Update } from "./core";
import { view } from "./endpoint";
import { theRealtime } from "./default";
import { useAnswer, useAnswers } from "./observe";
import type { Answer, Counts, Message, RealtimeOptions, Rec } from "./types";

const Context = createContext<Realtime | null>(null);

/** Gives all below one client of your making; without it there is a default one for the page's own server. */
export function RealtimeProvider({ realtime, children }: { realtime: Realtime; children?: ReactNode }) {
  useEffect(() => realtime.connect(), [realtime]);
  return <Context.Provider value={realtime}>{children}</Context.Provider>;
}

export function useRealtime(): Realtime {
  return useContext(Context) ?? theRealtime();
}

type Unnamed<E> = E extends unknown ? Omit<E, "resource"> : never;

/** Changes, creates or deletes a record of the endpoint's resource: shown at once, taken back on refusal. */
export interface Mutate {
  (edit: Unnamed<Deletion>): Promise<Deleted>;
  (edit: Unnamed<Update | Creation>): Promise<Rec>;
}

export interface RealtimeData<T> extends Snapshot<T> {
  connection: Connection;
  refresh: () => Promise<void>;
  clearCache: () => Promise<void>;
  mutate: Mutate;
  /** Whether an edit of this record is not confirmed yet. */
  isPending: (id: string) => boolean;
}

export interface HookOptions extends Partial<RealtimeOptions> {
  /** False: nothing is fetched yet. */
  enabled?: boolean;
}

/** One endpoint among several, with options of its own. */
export interface Endpoint extends HookOptions {
  endpoint: string;
}

/** Follows one endpoint: a list gives its items, a record itself. */
export function useRealtimeData<T>(endpoint: string, options: HookOptions = {}): RealtimeData<T> {
  const realtime = useRealtime();
  const { enabled = true, ...rest } = options;
  useConnection();
  useFollowing(realtime, enabled ? [{ endpoint, ...rest }] : []);
  const result = useAnswer(realtime.client, { ...realtime.queryOptions(endpoint, rest), enabled });
  const acts = useMemo(() => actsOf(realtime, endpoint), [realtime, endpoint]);
  return dataOf<T>(realtime, { endpoint, ...rest }, result, acts);
}

/** Follows several endpoints at once, by name; each may have options of its own. */
export function useRealtimeMultipleData<T extends Record<string, unknown> = Record<string, unknown>>(
  endpoints: { [N in keyof T]: string | Endpoint },
  options?: HookOptions,
): { [N in keyof T]: RealtimeData<T[N]> };
export function useRealtimeMultipleData<N extends string>(endpoints: Record<N, string | Endpoint>, options?: HookOptions): Record<N, RealtimeData<unknown>>;
export function useRealtimeMultipleData(endpoints: Record<string, string | Endpoint>, options: HookOptions = {}): Record<string, RealtimeData<unknown>> {
  const realtime = useRealtime();
  useConnection();
  const names = Object.keys(endpoints);
  const wanted = names.map((name) => withOptions(endpoints[name]!, options));
  useFollowing(realtime, wanted.filter(({ enabled = true }) => enabled));
  const queries = wanted.map(({ endpoint, enabled = true, ...rest }) => ({ ...realtime.queryOptions(endpoint, rest), enabled }));
  const results = useAnswers(realtime.client, queries);
  const key = wanted.map(({ endpoint }) => endpoint).join("\n");
  const acts = useMemo(() => key.split("\n").map((endpoint) => actsOf(realtime, endpoint)), [realtime, key]);
  const all = names.map((name, index) => [name, dataOf(realtime, wanted[index]!, results[index]!, acts[index]!)] as const);
  return Object.fromEntries(all);
}

function withOptions(one: string | Endpoint, options: HookOptions): Endpoint {
  return typeof one === "string" ? { ...options, endpoint: one } : { ...options, ...one };
}

type Acts = Pick<RealtimeData<unknown>, "refresh" | "clearCache" | "mutate" | "isPending">;

function actsOf(realtime: Realtime, endpoint: string): Acts {
  const { resource } = view(endpoint);
  const mutate = (edit: Unnamed<Update | Creation | Deletion>) => realtime.edits.apply({ ...edit, resource } as Update);
  return {
    refresh: () => realtime.refresh(endpoint),
    clearCache: () => realtime.clearCache(endpoint),
    mutate: mutate as Mutate,
    isPending: (id) => realtime.edits.isPending(resource, id),
  };
}

function dataOf<T>(realtime: Realtime, { endpoint, ...options }: Endpoint, result: QueryObserverResult<Answer, Error>, acts: Acts): RealtimeData<T> {
  return { ...realtime.snapshot<T>(endpoint, result, options), connection: realtime.connectionOf(options), ...acts };
}

function useFollowing(realtime: Realtime, endpoints: readonly Endpoint[]): void {
  const wanted = JSON.stringify(endpoints);
  useEffect(() => {
    const stops = (JSON.parse(wanted) as Endpoint[]).map(({ endpoint, ...options }) => {
      realtime.openFor(options);
      return realtime.poll(endpoint, options);
    });
    return () => stops.forEach((stop) => stop());
  }, [realtime, wanted]);
}

/** How things stand with the server; draws again when that or the unconfirmed edits change. */
export function useConnection(): Connection {
  const realtime = useRealtime();
  return useSyncExternalStore(realtime.onStatus, realtime.status, realtime.status);
}

/** How many records each resource has, as the stream last told; undefined before it has. */
export function useStreamCounts(): Counts | undefined {
  const realtime = useRealtime();
  return useSyncExternalStore(realtime.onStatus, realtime.counts, realtime.counts);
}

export function useMessages(listener: (message: Message) => void): void {
  const realtime = useRealtime();
  useEffect(() => realtime.onMessage(listener), [realtime, listener]);
}

/** Runs requests that change something; the stream brings the effects. */
export function useSend(): Realtime["send"] {
  const realtime = useRealtime();
  return useCallback((path, init) => realtime.send(path, init), [realtime]);
}
