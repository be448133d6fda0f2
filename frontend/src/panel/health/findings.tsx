/** Records that fail a check, by state. */
import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { messages, wordsOf } from "../messages";
import { LIMIT } from "../table/url";
import type { Finding } from "../types";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { List, type ListColumn } from "./list";

const words = messages.health;
const STATES = ["open", "blocked", "quarantined", "repaired", "healed", "ignored", "all"] as const;
const TONES: Record<Finding["state"], Tone> = { open: "bad", blocked: "warn", quarantined: "info", repaired: "good", healed: "good", ignored: "plain" };

const COLUMNS: ListColumn<Finding>[] = [
  { label: words.columns.record, priority: 1, show: (finding) => <Subject finding={finding} /> },
  { label: words.columns.check, priority: 2, show: ({ check }) => <span className="mono">{check}</span> },
  { label: words.columns.state, priority: 1, show: ({ state }) => <Badge tone={TONES[state] ?? "plain"}>{words.states[state] ?? state}</Badge> },
  { label: words.columns.sightings, priority: 3, show: ({ sightings }) => words.times(sightings) },
  { label: words.columns.firstSeen, priority: 3, show: ({ firstSeen }) => <Time value={firstSeen} /> },
  { label: words.columns.lastSeen, priority: 2, show: ({ lastSeen }) => <Time value={lastSeen} /> },
];

function Subject({ finding }: { finding: Finding }) {
  const { resource, recordId, explanation } = finding;
  return (
    <span className="subject">
      <Link href={`/records/${resource}?record=${encodeURIComponent(recordId)}`}>{explanation ?? `${wordsOf(resource).one} ${recordId}`}</Link>
      {explanation && <span className="quiet">{wordsOf(resource).one} <span className="mono">{recordId}</span></span>}
    </span>
  );
}

export function Findings() {
  const [state, setState] = useState<string>("open");
  const [page, setPage] = useState(1);
  const choose = (next: string) => {
    setState(next);
    setPage(1);
  };
  const label = (name: (typeof STATES)[number]) => (name === "all" ? words.all : (words.states[name] ?? name));
  return (
    <>
      <div className="filter">
        <SegmentedControl size="xs" value={state} onChange={choose} aria-label={words.state} data={STATES.map((value) => ({ value, label: label(value) }))} />
      </div>
      <List
        endpoint={`/api/admin/integrity/findings?page=${page}&limit=${LIMIT}&state=${state}`}
        caption={words.tabs.findings}
        columns={COLUMNS}
        empty={{ icon: "check", title: words.noFindings, hint: words.noFindingsHint }}
        page={page}
        limit={LIMIT}
        onPage={setPage}
      />
    </>
  );
}
