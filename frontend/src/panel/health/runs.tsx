/** Every run, the newest first: what it was, how long it took, what it found and mended. */
import { useState } from "react";
import { formatNumber, messages } from "../messages";
import { LIMIT } from "../table/url";
import type { Run, RunLine, RunState } from "../types";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { List, type ListColumn } from "./list";
import { lasting } from "./over-time";

const words = messages.health;
const TONES: Record<RunState, Tone> = { queued: "plain", running: "info", passed: "good", failed: "warn", errored: "bad", abandoned: "bad" };

export function kind({ repair, dryRun, scheduled }: Run): string {
  return (scheduled ? words.kinds["sweep"] : dryRun ? words.kinds["dryRun"] : repair ? words.kinds["repair"] : words.kinds["check"]) ?? "";
}

function sum(run: Run, count: (line: RunLine) => number): string {
  return run.finishedAt && run.counts?.length ? formatNumber(run.counts.reduce((all, line) => all + count(line), 0)) : messages.app.none;
}

function took({ startedAt, finishedAt }: Run): string {
  if (!startedAt || !finishedAt) return messages.app.none;
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} ${words.units.s}` : lasting(seconds);
}

const COLUMNS: ListColumn<Run>[] = [
  { label: words.columns.started, priority: 1, show: ({ startedAt, createdAt }) => <Time value={startedAt ?? createdAt} /> },
  { label: words.columns.kind, priority: 1, show: (run) => <span className="subject">{kind(run)}<span className="quiet mono">{run.actor}</span></span> },
  { label: words.columns.result, priority: 1, show: (run) => <Result run={run} /> },
  { label: words.columns.found, priority: 1, show: (run) => sum(run, ({ open }) => open) },
  { label: words.columns.fresh, priority: 2, show: (run) => sum(run, (line) => line.new) },
  { label: words.columns.healed, priority: 3, show: (run) => sum(run, ({ healed }) => healed) },
  { label: words.columns.mended, priority: 2, show: (run) => sum(run, ({ repaired, quarantined }) => repaired + quarantined) },
  { label: words.columns.took, priority: 2, show: took },
];

function Result({ run }: { run: Run }) {
  const reason = run.error ?? run.errors?.map(String)[0];
  return (
    <span className="subject">
      <Badge tone={TONES[run.state] ?? "plain"}>{words.runBadges[run.state] ?? run.state}</Badge>
      {reason && <span className="quiet">{reason}</span>}
    </span>
  );
}

export function Runs() {
  const [page, setPage] = useState(1);
  return (
    <List
      endpoint={`/api/admin/integrity/runs?page=${page}&limit=${LIMIT}`}
      caption={words.tabs.runs}
      columns={COLUMNS}
      empty={{ icon: "play", title: words.noRuns, hint: words.noRunsHint }}
      page={page}
      limit={LIMIT}
      onPage={setPage}
    />
  );
}
