/** Breakers: what was stopped, the very records, and the word that lets this set through once. */
import { Alert, Button, Group } from "@mantine/core";
import { useState } from "react";
import type { BreakerRecord, IntegrityBreaker } from "../generated/wire";
import { formatNumber, messages } from "../messages";
import { RecordLink } from "../parts/about";
import { useAct, useJson } from "../parts/send";
import { keyOf, useTitles } from "../parts/titles";
import { Who } from "../parts/who";
import { Pager } from "../table/pager";
import { LIMIT } from "../table/url";
import { Badge } from "../ui/badge";
import { Dialog } from "../ui/dialog";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { useRealtime, useRealtimeData } from "../../realtime";
import type { Check } from "../types";
import { List, type ListColumn } from "./list";
import { words as all } from "./words";

const words = all.breaker;
const { columns } = words;

export function useBreakers(): IntegrityBreaker[] {
  const { data } = useRealtimeData<IntegrityBreaker[]>("/api/admin/integrity/breakers?page=1&limit=100");
  return (data ?? []).filter(({ state }) => state === "tripped");
}

export function Breakers() {
  const [page, setPage] = useState(1);
  const [opened, setOpened] = useState<string>();
  const shown: ListColumn<IntegrityBreaker>[] = [
    { label: columns.check, priority: 1, show: ({ check }) => <span className="subject mono">{check}</span> },
    { label: columns.state, priority: 1, show: (breaker) => <State breaker={breaker} /> },
    { label: columns.count, priority: 1, show: ({ count }) => formatNumber(count) },
    { label: columns.reason, priority: 2, show: ({ reason }) => reason },
    { label: columns.when, priority: 3, show: ({ trippedAt }) => <Time value={trippedAt} /> },
    { label: columns.act, priority: 1, show: ({ check }) => <Button size="compact-sm" variant="default" aria-label={words.lookAt(check)} onClick={() => setOpened(check)}>{words.look}</Button> },
  ];
  return (
    <>
      <List endpoint={`/api/admin/integrity/breakers?page=${page}&limit=${LIMIT}`} caption={all.breakers} columns={shown} empty={{ icon: "check", title: words.none, hint: words.noneHint }} page={page} limit={LIMIT} onPage={setPage} keyOf={({ check }) => check} />
      {opened !== undefined && <Look check={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function State({ breaker: { state, acknowledged } }: { breaker: IntegrityBreaker }) {
  return (
    <span className="subject">
      <Badge tone={state === "tripped" ? "bad" : "good"}>{words.states[state] ?? state}</Badge>
      {acknowledged && <span className="quiet">{words.acknowledged} <Who actor={acknowledged.by} />, {words.until} <Time value={acknowledged.until} /></span>}
    </span>
  );
}

function Look({ check, onClose }: { check: string; onClose: () => void }) {
  const { data } = useRealtimeData<IntegrityBreaker[]>("/api/admin/integrity/breakers?page=1&limit=100");
  const breaker = data?.find((each) => each.check === check);
  return <Dialog opened onClose={onClose} title={words.title(check)}>{breaker && <Set breaker={breaker} onClose={onClose} />}</Dialog>;
}

function Set({ breaker, onClose }: { breaker: IntegrityBreaker; onClose: () => void }) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const { check, count, setHash, reason, state, acknowledged } = breaker;
  const { data: checks } = useRealtimeData<Check[]>("/api/admin/integrity/checks?page=1&limit=500");
  const resource = checks?.find(({ id }) => id === check)?.resource;
  const acknowledge = async () => {
    const went = await act.run(() => json("POST", `/api/admin/integrity/breakers/${encodeURIComponent(check)}/acknowledge`, { setHash, count }));
    realtime.store.refresh(["integrity"]);
    if (went) (toast(words.done), onClose());
  };
  return (
    <div className="stack">
      <p><strong>{reason}</strong></p>
      <p className="quiet">{words.ask}</p>
      <Held key={setHash} check={check} setHash={setHash} count={count} resource={resource ?? undefined} />
      <p className="quiet">{words.hash}: <span className="mono verdict-digest">{setHash}</span></p>
      {act.error !== null && <Alert color="yellow" role="alert">{act.error}</Alert>}
      {state === "tripped" && acknowledged === null && (
        <>
          <p className="quiet">{words.means}</p>
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>{messages.app.cancel}</Button>
            <Button color="red.9" loading={act.busy} onClick={() => void acknowledge()}>{words.confirm(count)}</Button>
          </Group>
        </>
      )}
    </div>
  );
}

/** So many ids fit into the address that asks for their names. */
const SHOWN = 50;

interface HeldProps {
  check: string;
  setHash: string;
  count: number;
  resource: string | undefined;
}

/** Every record of the very set, by pages. */
function Held({ check, setHash, count, resource }: HeldProps) {
  const [page, setPage] = useState(1);
  const { data, error } = useRealtimeData<BreakerRecord[]>(`/api/admin/integrity/breakers/${encodeURIComponent(check)}/records?page=${page}&limit=${SHOWN}`);
  const subjects = (data ?? []).map(({ recordId }) => ({ resource: resource ?? "", recordId }));
  const titles = useTitles(subjects);
  if (data?.some((each) => each.setHash !== setHash)) return <Alert color="yellow" role="alert">{words.another}</Alert>;
  return (
    <div>
      <p>{words.list(count)}:</p>
      {error !== null && <Alert color="red" role="alert">{error}</Alert>}
      <ol className="breaker-set" start={(page - 1) * SHOWN + 1} tabIndex={0} aria-busy={!data}>
        {subjects.map((subject) => <li key={subject.recordId}><Member resource={resource} id={subject.recordId} title={titles.get(keyOf(subject))} /></li>)}
      </ol>
      {count > SHOWN && <Pager page={page} limit={SHOWN} total={count} onPage={setPage} />}
    </div>
  );
}

function Member({ resource, id, title }: { resource: string | undefined; id: string; title: string | undefined }) {
  return resource ? <RecordLink resource={resource} id={id} title={title} /> : <span className="mono">{id}</span>;
}
