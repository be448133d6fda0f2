/** What a dry run would do, record by record. */
import { useState } from "react";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import type { PlannedAct } from "../generated/wire";
import { wordsOf } from "../messages";
import { About } from "../parts/about";
import { useTitles } from "../parts/titles";
import { List, type ListColumn } from "./list";
import { words } from "./words";

const LIMIT = 10;
const { columns } = words.plan;

const COLUMNS: ListColumn<PlannedAct>[] = [
  { label: columns.act, priority: 1, show: ({ act }) => words.acts[act] ?? act },
  { label: columns.detail, priority: 2, show: ({ detail }) => <Consequences detail={detail} /> },
  { label: columns.check, priority: 3, show: ({ check }) => <span className="mono">{check}</span> },
];

interface Went {
  resource?: string;
  recordId?: string;
}

export function Consequences({ detail }: { detail: Record<string, unknown> | null }) {
  const children = (Array.isArray(detail?.["children"]) ? detail["children"] : []) as Went[];
  const emptied = (Array.isArray(detail?.["emptied"]) ? detail["emptied"] : []) as Went[];
  const to = typeof detail?.["to"] === "string" ? detail["to"] : null;
  const reason = typeof detail?.["reason"] === "string" ? detail["reason"] : null;
  return (
    <ul className="notes">
      {to !== null && <li>{words.plan.to} <Link className="mono" href={`/records/users?record=${encodeURIComponent(to)}`}>{to}</Link></li>}
      {reason !== null && <li>{reason}</li>}
      {children.length > 0 && <li>{words.finding.children(children.length)}: {children.map(({ resource }) => wordsOf(resource ?? "").one).join(", ")}</li>}
      {emptied.length > 0 && <li>{words.finding.emptied(emptied.length)}</li>}
      {to === null && reason === null && children.length + emptied.length === 0 && <li className="quiet">{words.finding.alone}</li>}
    </ul>
  );
}

export function PlanList({ runId }: { runId: string }) {
  const [page, setPage] = useState(1);
  const endpoint = `/api/admin/integrity/runs/${encodeURIComponent(runId)}/plan?page=${page}&limit=${LIMIT}`;
  const titles = useTitles(useRealtimeData<PlannedAct[]>(endpoint).data ?? []);
  const record: ListColumn<PlannedAct> = { label: columns.record, priority: 1, show: (act) => <About subject={act} titles={titles} /> };
  return (
    <details className="plan">
      <summary>{words.plan.title}</summary>
      <List endpoint={endpoint} caption={words.plan.title} columns={[record, ...COLUMNS]} empty={{ icon: "check", title: words.plan.none, hint: words.plan.noneHint }} page={page} limit={LIMIT} onPage={setPage} keyOf={({ check, recordId }) => `${check}/${recordId}`} />
    </details>
  );
}
