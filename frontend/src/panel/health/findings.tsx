/** Records that fail a check, by state and check: why, what a repair would do, and many at once ignored or repaired. */
import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { address, pageOf, useAddress } from "../parts/params";
import { LIMIT } from "../table/url";
import type { Check, Finding } from "../types";
import { Badge, type Tone } from "../ui/badge";
import { ChoiceRow } from "../ui/choices";
import { Time } from "../ui/time";
import { Bulk } from "./bulk";
import { FindingDrawer } from "./finding";
import { List, type ListColumn } from "./list";
import { words as more } from "./words";

const words = messages.health;
const STATES = ["open", "blocked", "quarantined", "repaired", "healed", "ignored", "all"] as const;
export const TONES: Record<Finding["state"], Tone> = { open: "bad", blocked: "warn", quarantined: "info", repaired: "good", healed: "good", ignored: "plain" };

export function titleOf({ explanation, resource, recordId }: Finding): string {
  return explanation ?? `${wordsOf(resource).one} ${recordId}`;
}

export function Findings() {
  const [params, change] = useAddress(["state", "check", "page"]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<Finding>();
  const state = (STATES as readonly string[]).includes(params["state"] ?? "") ? params["state"]! : "open";
  const page = pageOf(params["page"]);
  const endpoint = address("/api/admin/integrity/findings", { page, limit: LIMIT, state, check: params["check"] });
  const { data: shownNow } = useRealtimeData<Finding[]>(endpoint);
  const toggle = (id: string) => setChosen((before) => (before.has(id) ? new Set([...before].filter((each) => each !== id)) : new Set([...before, id])));
  const here = (shownNow ?? []).filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  const columns: ListColumn<Finding>[] = [
    { label: words.columns.record, priority: 1, show: (finding) => <Subject finding={finding} chosen={chosen.has(finding.id)} onToggle={() => toggle(finding.id)} onOpen={() => setOpened(finding)} /> },
    { label: words.columns.check, priority: 2, show: ({ check }) => <span className="mono">{check}</span> },
    { label: words.columns.state, priority: 1, show: (finding) => <Badge tone={TONES[finding.state] ?? "plain"}>{words.states[finding.state] ?? finding.state}</Badge> },
    { label: words.columns.sightings, priority: 3, show: ({ sightings }) => words.times(sightings) },
    { label: words.columns.firstSeen, priority: 3, show: ({ firstSeen }) => <Time value={firstSeen} /> },
    { label: words.columns.lastSeen, priority: 2, show: ({ lastSeen }) => <Time value={lastSeen} /> },
  ];
  const label = (name: (typeof STATES)[number]) => (name === "all" ? words.all : (words.states[name] ?? name));
  return (
    <>
      <div className="findings-bar">
        <ChoiceRow chosen={state}><SegmentedControl size="xs" value={state} onChange={(next) => change({ state: next === "open" ? "" : next })} aria-label={words.state} data={STATES.map((value) => ({ value, label: label(value) }))} /></ChoiceRow>
        <Checks value={params["check"] ?? ""} onChange={(check) => change({ check })} />
      </div>
      <Bulk ids={here} all={(shownNow ?? []).map(({ id }) => id)} choose={(ids) => setChosen(new Set(ids))} />
      <List endpoint={endpoint} caption={words.tabs.findings} columns={columns} empty={{ icon: "check", title: words.noFindings, hint: words.noFindingsHint }} page={page} limit={LIMIT} onPage={(number) => change({ page: String(number) })} />
      <FindingDrawer finding={opened} onClose={() => setOpened(undefined)} />
    </>
  );
}

function Subject({ finding, chosen, onToggle, onOpen }: { finding: Finding; chosen: boolean; onToggle: () => void; onOpen: () => void }) {
  const title = titleOf(finding);
  return (
    <span className="finding">
      <input type="checkbox" checked={chosen} onChange={onToggle} aria-label={more.finding.select(title)} />
      <span className="subject">
        <button type="button" className="link" aria-label={more.finding.open(title)} onClick={onOpen}>{title}</button>
        {finding.explanation !== null && <span className="quiet">{wordsOf(finding.resource).one} <span className="mono">{finding.recordId}</span></span>}
      </span>
    </span>
  );
}

function Checks({ value, onChange }: { value: string; onChange: (check: string) => void }) {
  const { data } = useRealtimeData<Check[]>("/api/admin/integrity/checks?page=1&limit=500");
  return <NativeSelect size="xs" aria-label={more.finding.filter} value={value} onChange={(event) => onChange(event.currentTarget.value)} data={[{ value: "", label: more.finding.all }, ...(data ?? []).map(({ id, title }) => ({ value: id, label: title }))]} />;
}
