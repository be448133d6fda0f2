/** What the records that rows point to are called: asked for once a resource, for the rows in sight. */
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { useRealtimeMultipleData, type Rec, type Snapshot } from "../../realtime";
import { fieldNamed, resourceNamed, type Column, type Field, type Resource } from "../resources";
import { escaped } from "./url";

/** An address may not grow without end. */
const MOST = 80;

type Names = ReadonlyMap<string, string>;

const Context = createContext<Names>(new Map());

export function useName(target: string | undefined, id: unknown): string | undefined {
  return useContext(Context).get(`${target}/${String(id)}`);
}

interface Props {
  resource: Resource;
  columns: Column[];
  rows: Rec[];
  children: ReactNode;
}

export function Names({ resource, columns, rows, children }: Props) {
  const fields = columns.flatMap((column) => fieldsBehind(resource, column));
  const found = useRealtimeMultipleData<string>(endpointsOf(fields, rows)) as Record<string, Snapshot<Rec[]>>;
  const told = Object.entries(found).flatMap(([target, { data }]) => (data ?? []).map((record): [string, string] => [`${target}/${record.id}`, resourceNamed(target)?.title(record) ?? record.id]));
  const key = JSON.stringify(told);
  const names = useMemo<Names>(() => new Map(JSON.parse(key) as [string, string][]), [key]);
  return <Context value={names}>{children}</Context>;
}

/** An inquiry's addressee is one of two. */
function fieldsBehind(resource: Resource, { kind, field }: Column): Field[] {
  if (kind === "addressee") return ["businessId", "professionalId"].flatMap((name) => fieldNamed(resource, name) ?? []);
  return kind === "reference" || kind === "admin" ? [fieldNamed(resource, field)].filter((each) => each !== undefined) : [];
}

function endpointsOf(fields: Field[], rows: Rec[]): Record<string, string> {
  const ids = new Map<string, Set<string>>();
  for (const { target, name } of fields) {
    if (target === undefined) continue;
    const among = ids.get(target) ?? new Set<string>();
    for (const row of rows) if (typeof row[name] === "string" && among.size < MOST) among.add(row[name]);
    ids.set(target, among);
  }
  const asked = [...ids].filter(([, among]) => among.size > 0);
  return Object.fromEntries(asked.map(([target, among]) => [target, `/api/admin/${target}?${new URLSearchParams({ id: [...among].sort().map(escaped).join(","), page: "1", limit: String(MOST) })}`]));
}
