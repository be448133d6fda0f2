/** What records are called now, asked for by their ids, many at once; of one that is gone nothing is told. */
import { useRealtimeMultipleData, type Rec } from "../../realtime";
import { RESOURCES } from "../resources";
import { escaped } from "../table/url";
import { address } from "./params";

/** What something is about. */
export interface Subject {
  resource: string;
  recordId: string | null;
}

/** By resource and id, as `keyOf` writes them. */
export type Titles = ReadonlyMap<string, string>;

export function keyOf({ resource, recordId }: Subject): string {
  return `${resource}/${recordId}`;
}

/** Where the records among the subjects are, by resource. */
export function addressesOf(subjects: readonly Subject[]): Record<string, string> {
  const ids = new Map<string, Set<string>>(RESOURCES.map(({ name }) => [name, new Set()]));
  for (const { resource, recordId } of subjects) if (recordId) ids.get(resource)?.add(recordId);
  const asked = [...ids].filter(([, some]) => some.size > 0);
  return Object.fromEntries(asked.map(([name, some]) => [name, address(`/api/admin/${name}`, { id: [...some].sort().map(escaped).join(","), page: 1, limit: some.size })]));
}

export function titlesOf(found: Readonly<Record<string, readonly Rec[] | undefined>>): Titles {
  return new Map(RESOURCES.flatMap(({ name, title }) => (found[name] ?? []).map((record): [string, string] => [keyOf({ resource: name, recordId: record.id }), title(record)])));
}

export function useTitles(subjects: readonly Subject[]): Titles {
  const found = useRealtimeMultipleData<Record<string, Rec[]>>(addressesOf(subjects));
  return titlesOf(Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data])));
}
