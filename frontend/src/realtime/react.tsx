/** The same transport as React hooks: `useRealtimeData` is a thin layer on TanStack Query. */
import { QueryClientProvider, useQueries, useQuery } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import type { Connection } from "./connection";
import type { Edit, Realtime, Snapshot } from "./core";
import { view } from "./endpoint";
import type { Counts, Message, RealtimeOptions, Rec } from "./types";

const Context = createContext<Realtime | null>(null);

export function RealtimeProvider({ realtime, children }: { realtime: Realtime; children: ReactNode }) {
  useEffect(() => realtime.connect(), [realtime]);
  return (
    <Context value={realtime}>
      <QueryClientProvider client={realtime.client}>{children}</QueryClientProvider>
    </Context>
  );
}

export function useRealtime(): Realtime {
  const realtime = useContext(Context);
  if (!realtime) throw new Error("useRealtimeData needs a <RealtimeProvider> above it");
  return realtime;
}

export interface RealtimeData<T> extends Snapshot<T> {
  connection: Connection;
  refresh: () => Promise<void>;
  clearCache: () => Promise<void>;
  /** Changes a record of this endpoint's resource: shown at once, taken back on refusal. */
  mutate: (edit: Omit<Edit, "resource">) => Promise<Rec>;
}

export interface HookOptions extends Partial<RealtimeOptions> {
  /** False: nothing is fetched yet. */
  enabled?: boolean;
}

/** Follows one endpoint: a list gives its items, a record itself. */
export function useRealtimeData<T>(endpoint: string, options: HookOptions = {}): RealtimeData<T> {
  const realtime = useRealtime();
  const connection = useConnection();
  const { enabled = true, ...rest } = options;
  const result = useQuery({ ...realtime.queryOptions(endpoint, rest), enabled });
  usePolling(realtime, enabled ? [endpoint] : [], rest);
  const { resource } = view(endpoint);
  return {
    ...realtime.snapshot<T>(result, rest),
    connection,
    refresh: useCallback(() => realtime.refresh(endpoint), [realtime, endpoint]),
    clearCache: useCallback(() => realtime.clearCache(endpoint), [realtime, endpoint]),
    mutate: useCallback((edit) => realtime.mutate({ ...edit, resource }), [realtime, resource]),
  };
}

/** Follows several endpoints at once, by name. */
export function useRealtimeMultipleData<N extends string>(
  endpoints: Record<N, string>,
  options: HookOptions = {},
): Record<N, Snapshot<unknown>> {
  const realtime = useRealtime();
  useConnection();
  const { enabled = true, ...rest } = options;
  const names = Object.keys(endpoints) as N[];
  const results = useQueries({ queries: names.map((name) => ({ ...realtime.queryOptions(endpoints[name], rest), enabled })) });
  usePolling(realtime, enabled ? names.map((name) => endpoints[name]) : [], rest);
  const snapshots = names.map((name, index) => [name, realtime.snapshot(results[index]!, rest)] as const);
  return Object.fromEntries(snapshots) as Record<N, Snapshot<unknown>>;
}

function usePolling(realtime: Realtime, endpoints: string[], options: Partial<RealtimeOptions>): void {
  const wanted = JSON.stringify([endpoints, options]);
  useEffect(() => {
    const [names, settings] = JSON.parse(wanted) as [string[], Partial<RealtimeOptions>];
    const stops = names.map((name) => realtime.poll(name, settings));
    return () => stops.forEach((stop) => stop());
  }, [realtime, wanted]);
}

export function useConnection(): Connection {
  const realtime = useRealtime();
  return useSyncExternalStore(realtime.onStatus, realtime.status);
}

/** How many records each resource has, as the stream last told; undefined before it has. */
export function useStreamCounts(): Counts | undefined {
  const realtime = useRealtime();
  return useSyncExternalStore(realtime.onStatus, realtime.counts);
}

export function useMessages(listener: (message: Message) => void): void {
  const realtime = useRealtime();
  useEffect(() => realtime.onMessage(listener), [realtime, listener]);
}

/** Runs requests that change something; the stream brings the effects. */
export function useSend(): Realtime["send"] {
  const realtime = useRealtime();
  return useMemo(() => realtime.send, [realtime]);
}

