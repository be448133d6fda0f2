/**
 * TanStack Query's observers as React hooks. `@tanstack/react-query` has the like, but whoever installs that gets React along
 * with it; this client needs TanStack's core alone, and React only where React is.
 */
import { notifyManager, QueriesObserver, QueryObserver, type QueryClient, type QueryObserverOptions, type QueryObserverResult } from "@tanstack/query-core";
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Answer } from "./types";

type Options = QueryObserverOptions<Answer, Error> & { queryKey: string[] };
type Result = QueryObserverResult<Answer, Error>;
type Stop = () => void;

/** What a snapshot is made of: whatever else TanStack notes of a query draws nothing anew. */
const SHOWN = ["data", "error", "status", "dataUpdatedAt", "isPlaceholderData"] as const;

/** Follows one query; while another is loaded, the answer of the one before may stand in. */
export function useAnswer(client: QueryClient, options: Options): Result {
  const wanted = client.defaultQueryOptions({ ...options, notifyOnChangeProps: [...SHOWN] });
  const observer = useMemo(() => new QueryObserver(client, wanted), [client]);
  const result = observer.getOptimisticResult(wanted);
  const subscribe = useCallback((listener: () => void): Stop => {
    const stop = observer.subscribe(notifyManager.batchCalls(listener));
    observer.updateResult(); // for what happened since it was made
    return stop;
  }, [observer]);
  const current = () => observer.getCurrentResult();
  useSyncExternalStore(subscribe, current, current);
  useEffect(() => observer.setOptions(wanted));
  return result;
}

/** Follows several at once, however many. */
export function useAnswers(client: QueryClient, options: readonly Options[]): Result[] {
  const wanted = options.map((each) => ({ ...each, notifyOnChangeProps: [...SHOWN] }) as unknown as QueryObserverOptions);
  const observer = useMemo(() => new QueriesObserver(client, wanted), [client]);
  const [results] = observer.getOptimisticResult(wanted, undefined);
  const subscribe = useCallback((listener: () => void): Stop => observer.subscribe(notifyManager.batchCalls(listener)), [observer]);
  const current = () => observer.getCurrentResult();
  useSyncExternalStore(subscribe, current, current);
  useEffect(() => observer.setQueries(wanted));
  return results as Result[];
}
