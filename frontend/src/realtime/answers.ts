/** What the cache holds, by endpoint and by resource. */
import type { Query, QueryClient } from "@tanstack/query-core";
import { isCurrent, view, type View } from "./endpoint";
import { find } from "./patch";
import type { Answer, Rec } from "./types";

export const KEY = "digisence";

export interface Held {
  query: Query;
  endpoint: string;
  seen: View;
  answer: Answer;
}

export class Answers {
  readonly #views = new Map<string, View>();

  constructor(private readonly client: QueryClient) {}

  view(endpoint: string): View {
    const known = this.#views.get(endpoint);
    if (known) return known;
    const made = view(endpoint);
    this.#views.set(endpoint, made);
    return made;
  }

  forget(endpoint: string): void {
    this.#views.delete(endpoint);
  }

  query(endpoint: string): Query | undefined {
    return this.client.getQueryCache().find({ queryKey: [KEY, endpoint] });
  }

  queries(): Query[] {
    return this.client.getQueryCache().findAll({ queryKey: [KEY] });
  }

  at(endpoint: string): Answer | undefined {
    return this.client.getQueryData<Answer>([KEY, endpoint]);
  }

  /** All that is here of a resource, its records' history and past included. */
  of(resource: string): Held[] {
    return this.queries().flatMap((query) => {
      const endpoint = endpointOf(query);
      const answer = query.state.data as Answer | undefined;
      const seen = this.view(endpoint);
      return answer && seen.resource === resource ? [{ query, endpoint, seen, answer }] : [];
    });
  }

  /** Those that hold its records as they are now. */
  holders(resource: string): Held[] {
    return this.of(resource).filter(({ seen }) => isCurrent(seen));
  }

  /** The newest version of a record that any answer holds. */
  newest(resource: string, id: string): Rec | undefined {
    const all = this.holders(resource).flatMap(({ answer }) => find(answer.body, id) ?? []);
    return all.reduce<Rec | undefined>((best, each) => (best && best.version >= each.version ? best : each), undefined);
  }

  set({ query, answer }: Held, part: Partial<Answer>): void {
    this.client.setQueryData<Answer>(query.queryKey, { ...answer, ...part });
  }
}

export function endpointOf(query: Query): string {
  return String(query.queryKey[1]);
}
