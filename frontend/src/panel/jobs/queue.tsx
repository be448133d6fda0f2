/** Jobs that wait, run, failed or are done, live; the ones under way can be called off. */
import { Progress } from "@mantine/core";
import { useState } from "react";
import type { QueuedWork } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { messages } from "../messages";
import { Confirm } from "../parts/confirm";
import { useJson } from "../parts/send";
import { LIMIT } from "../table/url";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { progressOf, tookOf } from "./progress";
import { words } from "./words";

const { columns } = words;
const TONES: Record<string, Tone> = { queued: "plain", started: "info", finished: "good", failed: "bad", stopped: "warn", canceled: "warn" };
const ALIVE = ["queued", "started"];

const COLUMNS: ListColumn<QueuedWork>[] = [
  { label: columns.job, priority: 1, show: ({ id, name }) => <span className="subject">{name}<span className="quiet mono">{id}</span></span> },
  { label: columns.state, priority: 1, show: ({ state }) => <Badge tone={TONES[state] ?? "plain"}>{words.states[state] ?? state}</Badge> },
  { label: columns.progress, priority: 2, show: (job) => <How job={job} /> },
  { label: columns.when, priority: 2, show: ({ startedAt, enqueuedAt }) => <Time value={startedAt ?? enqueuedAt} /> },
  { label: columns.took, priority: 3, show: (job) => tookOf(job) ?? <span className="quiet">{messages.app.none}</span> },
  { label: columns.result, priority: 3, show: (job) => <Result job={job} /> },
  { label: columns.act, priority: 1, show: (job) => (ALIVE.includes(job.state) ? <Cancel job={job} /> : null) },
];

export function Queue() {
  const [page, setPage] = useState(1);
  return (
    <>
      <p className="quiet jobs-explain">{words.explain}</p>
      <List endpoint={`/api/admin/jobs?page=${page}&limit=${LIMIT}`} caption={words.tabs.queue} columns={COLUMNS} empty={{ icon: "jobs", title: words.none, hint: words.noneHint }} page={page} limit={LIMIT} onPage={setPage} follow={{ on: ["job"], every: 5_000 }} />
    </>
  );
}

function How({ job }: { job: QueuedWork }) {
  const progress = progressOf(job.progress);
  if (job.error) return <span className="bad job-error">{job.error}</span>;
  if (!progress) return <span className="quiet">{messages.app.none}</span>;
  return (
    <span className="job-progress">
      {job.state === "started" && progress.share !== null && <Progress value={100 * progress.share} size="sm" aria-label={words.columns.progress} />}
      <span className="quiet">{progress.text}</span>
    </span>
  );
}

function Result({ job: { arguments: given, result } }: { job: QueuedWork }) {
  return (
    <details className="job-more">
      <summary>{words.details}</summary>
      <pre className="json" tabIndex={0}>{JSON.stringify({ arguments: given, result }, null, 2)}</pre>
    </details>
  );
}

function Cancel({ job: { id, name } }: { job: QueuedWork }) {
  const json = useJson();
  const act = async () => (await json("POST", `/api/admin/jobs/${encodeURIComponent(id)}/cancel`), toast(words.cancelled));
  return <Confirm size="compact-sm" label={words.cancel} describe={words.cancelOf(id)} title={words.cancelTitle} confirm={words.cancelConfirm} dangerous act={act}><p><span className="mono">{name}</span>: {words.cancelText}</p></Confirm>;
}
