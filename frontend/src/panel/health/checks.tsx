/** The registered checks: what each does, how it fares. */
import { Button, Progress } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { formatNumber, messages } from "../messages";
import { LIMIT } from "../table/url";
import type { Check } from "../types";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { List, type ListColumn } from "./list";
import { lasting, usePast } from "./over-time";
import { percent, useRun } from "./run";
import { Spark } from "./spark";
import { words as more } from "./words";

const words = messages.health;
const SEVERITY: Record<Check["severity"], Tone> = { low: "plain", medium: "warn", high: "bad" };
const MODE: Record<Check["mode"], Tone> = { act: "info", observe: "plain", off: "warn" };

const COLUMNS: ListColumn<Check>[] = [
  { label: words.columns.title, priority: 1, show: ({ id, title }) => <span className="subject">{title}<span className="quiet mono">{id}</span></span> },
  { label: words.columns.severity, priority: 2, show: ({ severity }) => <Badge tone={SEVERITY[severity] ?? "plain"}>{words.severities[severity] ?? severity}</Badge> },
  { label: words.columns.remedy, priority: 3, show: ({ remedy }) => words.remedies[remedy] ?? remedy },
  { label: words.columns.mode, priority: 1, show: ({ mode }) => <Badge tone={MODE[mode] ?? "plain"}>{words.modes[mode] ?? mode}</Badge> },
  { label: words.columns.health, priority: 1, show: (check) => <Condition check={check} /> },
  { label: words.columns.trend, priority: 2, show: (check) => <Trend check={check} /> },
  { label: words.columns.openSince, priority: 3, show: ({ id }) => <Since id={id} /> },
  { label: words.columns.mean, priority: 3, show: ({ id }) => <Mean id={id} /> },
  { label: words.columns.lastRun, priority: 2, show: ({ lastRun }) => <Time value={lastRun} /> },
  { label: words.columns.origin, priority: 3, show: ({ origin }) => (origin ? `${origin.distribution} ${origin.version}` : messages.app.none) },
  { label: words.columns.action, priority: 1, show: (check) => <RunOne check={check} /> },
];

function Condition({ check: { health, healthDetail } }: { check: Check }) {
  return (
    <span className="subject">
      <Badge tone={health === "ok" ? "good" : "bad"}>{words.conditions[health] ?? health}</Badge>
      {healthDetail && <span className="quiet">{healthDetail}</span>}
    </span>
  );
}

function Trend({ check: { id, title } }: { check: Check }) {
  const past = usePast(id);
  if (!past) return null;
  return (
    <span className="trend">
      <Spark points={past.points} title={title} />
      {past.open !== null && <span className="trend-open" data-alarm={past.open > 0}>{formatNumber(past.open)}</span>}
    </span>
  );
}

function Since({ id }: { id: string }) {
  return <Time value={usePast(id)?.openSince} />;
}

function Mean({ id }: { id: string }) {
  const past = usePast(id);
  if (!past || past.meanSeconds === null) return <span className="quiet">{messages.app.none}</span>;
  return <span className="subject nowrap">{lasting(past.meanSeconds)}<span className="quiet">{words.basedOn(past.ended)}</span></span>;
}

/** This check alone, now; how it goes stands in the button's place. */
function RunOne({ check: { id, title, mode } }: { check: Check }) {
  const { run, busy, error, start } = useRun();
  const done = percent(run?.progress);
  if (mode === "off") return null;
  return (
    <span className="run-one">
      <Button size="compact-sm" variant="default" loading={busy} aria-label={more.runOf(title)} onClick={() => void start({ repair: false, dryRun: false, checks: [id] })}>{more.run}</Button>
      {busy && <Progress value={done ?? 100} animated={done === undefined} striped={done === undefined} size="xs" aria-label={words.checking} />}
      {!busy && run && <span className={run.state === "errored" ? "bad" : "quiet"} role="status">{run.error ?? words.runStates[run.state] ?? run.state}</span>}
      {error !== null && <span className="bad" role="alert">{error}</span>}
    </span>
  );
}

export function Checks() {
  const [page, setPage] = useState(1);
  return (
    <>
    <p className="checks-configure"><Link href="/plugins">{more.configure}</Link></p>
    <List
      endpoint={`/api/admin/integrity/checks?page=${page}&limit=${LIMIT}`}
      caption={words.tabs.checks}
      columns={COLUMNS}
      empty={{ icon: "health", title: words.noChecks, hint: words.noChecksHint }}
      page={page}
      limit={LIMIT}
      onPage={setPage}
    />
    </>
  );
}
