/** The record as it stood at a moment of its history: a slider over its versions. */
import { Alert } from "@mantine/core";
import { useEffect, useState } from "react";
import { explain, useSend, type Rec } from "../../realtime";
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

/** The past does not change: it is asked for past the cache, which would lay what happened since over it. */
function usePast(path: string, at: string | undefined): { data: Rec | undefined; error: string | null } {
  const send = useSend();
  const [state, setState] = useState<{ data: Rec | undefined; error: string | null }>({ data: undefined, error: null });
  useEffect(() => {
    if (at === undefined) return;
    let wanted = true;
    send(`${path}?${new URLSearchParams({ asOf: at })}`)
      .then((reply) => reply.json() as Promise<Rec>)
      .then((data) => wanted && setState({ data, error: null }))
      .catch((failure: unknown) => wanted && setState({ data: undefined, error: explain(failure) }));
    return () => void (wanted = false);
  }, [send, path, at]);
  return state;
}

export function AsItStood({ resource, id, record }: { resource: Resource; id: string; record: Rec | undefined }) {
  const { data } = useVersions(resource, id, record?.version, 1);
  const moments = [...(data ?? [])].reverse();
  const [chosen, setChosen] = useState<number>();
  const place = Math.min(chosen ?? moments.length - 1, moments.length - 1);
  const at = moments[place]?.at;
  const then = usePast(`/api/admin/${resource.name}/${encodeURIComponent(id)}`, at);
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
