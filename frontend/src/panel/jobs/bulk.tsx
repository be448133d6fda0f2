/** What was done to many records at once, by whom, and until when it can be undone. */
import { useState } from "react";
import type { BulkAction } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { formatNumber, labelOf, messages, wordsOf } from "../messages";
import { Confirm } from "../parts/confirm";
import { Who } from "../parts/who";
import { resourceNamed } from "../resources";
import { useBulk, type Bulk } from "../table/bulk";
import { RefusedList } from "../table/bulk-dialogs";
import "../table/table.css";
import { LIMIT } from "../table/url";
import { words as lists } from "../table/words";
import { Badge, type Tone } from "../ui/badge";
import { day, exactly, Time } from "../ui/time";
import { words } from "./words";

const told = words.bulk;
const { columns } = told;
const TONES: Record<string, Tone> = { queued: "plain", running: "info", done: "good", errored: "bad", "undo-queued": "plain", undoing: "info", undone: "warn" };
/** With an action that broke off, what it had come to can be undone, too. */
const ENDED = ["done", "errored", "undone"];

export function BulkActions() {
  const [page, setPage] = useState(1);
  const [at, setAt] = useState<BulkAction>();
  const resource = resourceNamed(at?.resource ?? "");
  const bulk = useBulk(at?.resource ?? "");
  const shown: ListColumn<BulkAction>[] = [
    { label: columns.what, priority: 1, show: (one) => <span className="subject">{inWords(one)}<span className="quiet">{one.filter === null ? told.named : told.filtered}</span></span> },
    { label: columns.state, priority: 1, show: ({ state, error }) => <span title={error ?? undefined}><Badge tone={TONES[state] ?? "plain"}>{told.states[state] ?? state}</Badge></span> },
    { label: columns.result, priority: 2, show: (one) => <Result one={one} bulk={bulk} look={setAt} /> },
    { label: columns.who, priority: 3, show: ({ actor }) => <Who actor={actor} /> },
    { label: columns.when, priority: 2, show: ({ createdAt }) => <Time value={createdAt} /> },
    { label: columns.undo, priority: 1, show: (one) => <Undo one={one} bulk={bulk} look={setAt} /> },
  ];
  return (
    <>
      <p className="quiet jobs-explain">{told.explain}</p>
      <List endpoint={`/api/admin/bulk-actions?page=${page}&limit=${LIMIT}`} caption={words.tabs.bulk} columns={shown} empty={{ icon: "jobs", title: told.none, hint: told.noneHint }} page={page} limit={LIMIT} onPage={setPage} follow={{ on: ["change", "job"], every: 15_000 }} />
      {resource && <RefusedList resource={resource} refusals={bulk.refusals} onClose={bulk.forget} />}
    </>
  );
}

function inWords({ action, values, resource }: BulkAction): string {
  const set = Object.entries(values ?? {}).map(([name, value]) => `${labelOf(name)} = ${value === null ? messages.app.none : (messages.values[String(value)] ?? String(value))}`);
  return told.did(told.actions[action] ?? action, wordsOf(resource).many, set);
}

interface Props {
  one: BulkAction;
  bulk: Bulk;
  look: (one: BulkAction) => void;
}

function Result({ one, bulk, look }: Props) {
  const why = (undo: boolean) => (look(one), void bulk.tell(one.id, undo));
  const { action, done, failed, undone, conflicts, total, state } = one;
  return (
    <span className="subject">
      {ENDED.includes(state) ? lists.done[action]?.(formatNumber(done)) : lists.of(done + failed, total)}
      {undone > 0 && <span className="quiet">{lists.undone(formatNumber(undone))}</span>}
      {failed > 0 && <button type="button" className="link bad" onClick={() => why(false)}>{lists.refused(failed)}</button>}
      {conflicts > 0 && <button type="button" className="link bad" onClick={() => why(true)}>{lists.kept(conflicts)}</button>}
    </span>
  );
}

/** Where something stood in the way of an undo, it can be tried again, unless that stands there for good. */
function Undo({ one, bulk, look }: Props) {
  const { id, done, undone, conflictsForGood, state, keptUntil, forgottenAt } = one;
  const left = done - undone - conflictsForGood;
  if (forgottenAt !== null) return <span className="quiet">{told.forgotten}</span>;
  if (!ENDED.includes(state) || left <= 0 || keptUntil === null) return null;
  return (
    <span className="subject">
      <Confirm size="compact-sm" label={lists.undo} describe={told.undoOf(inWords(one))} title={told.undoTitle} confirm={lists.undo} act={async () => (look(one), bulk.undo(id))}>
        <p>{told.undoText(inWords(one), left)}</p>
      </Confirm>
      <span className="quiet" title={exactly(keptUntil)}>{told.until(day(keptUntil))}</span>
    </span>
  );
}
