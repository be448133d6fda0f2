/**
 * TanStack Query's observers as React hooks. `@tanstack/react-query` has the like, but whoever installs that gets React along
 * with it; this client needs TanStack's core alone, and React only where React is.
 */
import { notifyManager, QueryObserver, type DefaultedQueryObserverOptions, type QueryClient, type QueryObserverOptions, type QueryObserverResult } from "@tanstack/query-core";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Answer } from "./types";

type Options = QueryObserverOptions<Answer, Error> & { queryKey: string[] };
type Defaulted = DefaultedQueryObserverOptions<Answer, Error>;
type Result = QueryObserverResult<Answer, Error>;

/** What a snapshot is made of: whatever else TanStack notes of a query draws nothing anew. */
const SHOWN = ["data", "error", "status", "dataUpdatedAt", "isPlaceholderData"] as const;

/** Follows one query; while another is loaded, the answer of the one before may stand in. */
export function useAnswer(client: QueryClient, options: Options): Result {
  const wanted = [defaulted(client, options)];
  const observed = useMemo(() => new Observed(client, wanted), [client]);
  return useObserved(observed, wanted)[0]!;
}

/** Follows several at once, however many. */
export function useAnswers(client: QueryClient, options: readonly Options[]): Result[] {
  const wanted = options.map((each) => defaulted(client, each));
  const hashes = wanted.map(({ queryHash }) => queryHash).join("\n");
  const observed = useMemo(() => new Observed(client, wanted), [client, hashes]);
  return useObserved(observed, wanted);
}

function defaulted(client: QueryClient, options: Options): Defaulted {
  return client.defaultQueryOptions({ ...options, notifyOnChangeProps: [...SHOWN] });
}

class Observed {
  readonly observers: QueryObserver<Answer, Error>[];
  #changes = 0;

  constructor(client: QueryClient, wanted: readonly Defaulted[]) {
    this.observers = wanted.map((each) => new QueryObserver(client, each));
  }

  subscribe = (listener: () => void): (() => void) => {
    const changed = notifyManager.batchCalls(() => {
      this.#changes += 1;
      listener();
    });
    const stops = this.observers.map((observer) => observer.subscribe(changed));
    for (const observer of this.observers) observer.updateResult(); // for what happened since it was made
    return () => stops.forEach((stop) => stop());
  };

  count = (): number => this.#changes;
}

function useObserved(observed: Observed, wanted: readonly Defaulted[]): Result[] {
  const { observers, subscribe, count } = observed;
  const results = wanted.map((each, index) => observers[index]!.getOptimisticResult(each));
  useSyncExternalStore(subscribe, count, count);
  useEffect(() => wanted.forEach((each, index) => observers[index]!.setOptions(each)));
  return results;
}
