/** The record as it stood at a moment of its history: a slider over its versions. */
import { Alert } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import type { Resource } from "../resources";
import { exactly } from "../ui/time";
import { Details } from "./details";
import { useVersions } from "./history";
import { words } from "./words";

const BOOKKEEPING = new Set(["version", "updatedAt"]);

export function differing(then: Rec, now: Rec | undefined): ReadonlySet<string> {
  const names = Object.keys(then).filter((name) => !BOOKKEEPING.has(name) && JSON.stringify(then[name]) !== JSON.stringify(now?.[name]));
  return new Set(now ? names : []);
}

export function AsItStood({ resource, id, record }: { resource: Resource; id: string; record: Rec | undefined }) {
  const { data } = useVersions(resource, id, 1);
  const moments = [...(data ?? [])].reverse();
  const [chosen, setChosen] = useState<number>();
  const place = Math.min(chosen ?? moments.length - 1, moments.length - 1);
  const at = moments[place]?.at;
  const then = useRealtimeData<Rec>(`/api/admin/${resource.name}/${encodeURIComponent(id)}?${new URLSearchParams({ asOf: at ?? "" })}`, { enabled: at !== undefined });
  const marked = then.data ? differing(then.data, record) : new Set<string>();
  if (at === undefined) return null;
  return (
    <>
      <div className="moment">
        <input type="range" min={0} max={moments.length - 1} value={place} aria-label={words.thenSlider} aria-valuetext={exactly(at)} onChange={(event) => setChosen(Number(event.currentTarget.value))} />
        <p aria-live="polite"><strong>{words.thenAt(exactly(at))}</strong> <span className="quiet">{then.data && record && (marked.size > 0 ? words.thenDiffers(marked.size) : words.thenSame)}</span></p>
      </div>
      {then.error !== null && <Alert color="yellow">{then.error}</Alert>}
      {then.data && !then.error && <Details resource={resource} record={then.data} marked={marked} />}
    </>
  );
}
