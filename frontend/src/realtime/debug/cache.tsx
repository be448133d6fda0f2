/** What the cache holds: each endpoint with its rows, its age, how it was kept fresh and who looks at it. */
import type { Query } from "@tanstack/query-core";
import { useRealtime } from "../react";
import { KEY } from "../answers";
import type { Answer, Position } from "../types";
import { Part, Table, useNow } from "./part";
import { useRecorder } from "./use-recorder";
import { lasting, number, words } from "./words";

const { columns } = words.cache;
const HEADS = Object.values(columns);
const NUMBERS = [columns.rows, columns.age, columns.fetches, columns.patches, columns.observers];

export function CacheTable() {
  const recorder = useRecorder();
  const now = useNow();
  const queries = useRealtime().client.getQueryCache().getAll();
  return (
    <Part title={words.cache.title} wide>
      {queries.length === 0 && <p className="dgs-quiet">{words.cache.empty}</p>}
      {queries.length > 0 && (
        <Table caption={words.cache.title} columns={HEADS} numbers={NUMBERS}>
          {queries.map((query) => <Line key={query.queryHash} query={query} now={now} {...recorder.tally(query)} />)}
        </Table>
      )}
      <p className="dgs-quiet dgs-note">{words.cache.note}</p>
    </Part>
  );
}

function Line({ query, now, fetches, patches }: { query: Query; now: number; fetches: number; patches: number }) {
  const realtime = useRealtime();
  const ours = query.queryKey[0] === KEY;
  const endpoint = ours ? String(query.queryKey[1]) : JSON.stringify(query.queryKey);
  const { dataUpdatedAt } = query.state;
  const data: unknown = query.state.data;
  const refresh = () => (ours ? realtime.refresh(endpoint) : query.fetch().then(() => undefined));
  const clear = () => (ours ? realtime.clearCache(endpoint) : query.reset());
  return (
    <tr>
      <th scope="row" className="dgs-mono dgs-long">{endpoint}</th>
      <td className="dgs-number">{rowsOf(data)}</td>
      <td className="dgs-number">{dataUpdatedAt ? lasting(Math.max(0, now - dataUpdatedAt)) : words.none}</td>
      <td>{query.isStale() ? words.yes : words.no}</td>
      <td className="dgs-number">{number(fetches)}</td>
      <td className="dgs-number">{number(patches)}</td>
      <td className="dgs-number">{number(query.getObserversCount())}</td>
      <td className="dgs-mono">{positionOf(data) ?? words.none}</td>
      <td>
        <span className="dgs-buttons">
          <button type="button" aria-label={words.cache.refreshOf(endpoint)} onClick={() => void refresh()}>{words.cache.refresh}</button>
          <button type="button" aria-label={words.cache.clearOf(endpoint)} onClick={() => void clear()}>{words.cache.clear}</button>
        </span>
      </td>
    </tr>
  );
}

/** How many records an answer has; one that is no list is one. */
export function rowsOf(data: unknown): string {
  if (data === undefined) return words.none;
  const body = (data as Partial<Answer>).body ?? data;
  const items = (body as { items?: unknown }).items ?? body;
  return number(Array.isArray(items) ? items.length : 1);
}

function positionOf(data: unknown): Position | undefined {
  return (data as Partial<Answer> | undefined)?.position;
}
