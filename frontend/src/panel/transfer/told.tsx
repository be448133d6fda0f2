/** One import as it goes: its figures, its refused rows, and what can be done about it now. */
import { Alert, Button, Group, Progress } from "@mantine/core";
import { useState } from "react";
import type { ImportFaultSeen, ImportSeen } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { formatNumber, labelOf, messages, wordsOf } from "../messages";
import { Confirm } from "../parts/confirm";
import { useFollowed } from "../parts/follow";
import { useAct, useJson } from "../parts/send";
import { words as shared } from "../parts/words";
import { Badge, type Tone } from "../ui/badge";
import { exactly, Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { words } from "./words";

export const UNDER_WAY = ["uploading", "queued", "running", "undoing"];
export const TONES: Record<string, Tone> = { done: "good", failed: "bad", running: "info", undoing: "info", undone: "plain", cancelled: "plain", queued: "plain", uploading: "plain" };
const FAULTS = 10;

export function Told({ id, open }: { id: string; open: (id: string) => void }) {
  const endpoint = `/api/admin/imports/${encodeURIComponent(id)}`;
  const [running, setRunning] = useState(true);
  const live = useFollowed<ImportSeen>(endpoint, { on: ["job"], every: running ? 1_000 : undefined });
  const { data: one, error } = live;
  const busy = one !== undefined && UNDER_WAY.includes(one.state);
  if (one && busy !== running) setRunning(busy);
  if (!one) return error === null ? <p className="quiet">{messages.app.loading}</p> : <Alert color="red" role="alert">{error}</Alert>;
  return (
    <>
      <div className="card-head">
        <strong className="import-name">{one.fileName ?? words.unnamed}</strong>
        <Badge tone={TONES[one.state] ?? "plain"}>{words.states[one.state] ?? one.state}</Badge>
        {one.dryRun && <Badge tone="info">{words.dry}</Badge>}
        <span className="quiet">{wordsOf(one.resource).title}, {shared.bytes(one.size)}, <Time value={one.createdAt} /></span>
      </div>
      {busy && <Going one={one} />}
      {one.error && <Alert color="red" role="alert">{one.error}</Alert>}
      <Figures one={one} />
      <Steps one={one} busy={busy} open={open} refresh={live.refresh} />
      {one.failed + one.kept > 0 && <Faults key={`${one.id}-${one.state}`} one={one} />}
    </>
  );
}

/** How many rows of how many: known once a preview has counted them. Until then one sees that it goes on. */
function Going({ one }: { one: ImportSeen }) {
  const [done, all] = one.state === "undoing" ? [one.undone + one.keptForGood, one.created + one.updated] : [one.rows, one.rowsKnown ?? 0];
  return (
    <div className="going">
      <Progress value={all > 0 ? Math.min(100, (100 * done) / all) : 100} animated={all === 0} striped={all === 0} size="sm" aria-label={words.states[one.state]} />
      <p className="quiet">{all > 0 ? words.rowsOf(done, all) : words.rowsSoFar(done)}</p>
    </div>
  );
}

function Figures({ one }: { one: ImportSeen }) {
  const labels: Record<string, string> = one.dryRun ? words.would : words.counts;
  const shown = Object.keys(labels).filter((name) => !["undone", "kept"].includes(name) || one.undone + one.kept > 0 || ["undoing", "undone"].includes(one.state));
  return (
    <dl className="numbers" aria-live="polite">
      {shown.map((name) => {
        const value = one[name as keyof ImportSeen] as number;
        return <div key={name} className="figure" data-alarm={["failed", "kept"].includes(name) && value > 0}><dt>{labels[name]}</dt><dd>{formatNumber(value)}</dd></div>;
      })}
    </dl>
  );
}

function Steps({ one, busy, open, refresh }: { one: ImportSeen; busy: boolean; open: (id: string) => void; refresh: () => Promise<void> }) {
  const json = useJson();
  const act = useAct();
  const path = `/api/admin/imports/${encodeURIComponent(one.id)}`;
  const changes = one.created + one.updated;
  const apply = () => act.run(async () => open((await json<ImportSeen>("POST", `${path}/apply`)).id));
  const cancel = () => act.run(async () => (await json("POST", `${path}/cancel`), toast(words.cancelled), await refresh()));
  const undo = async () => (await json("POST", `${path}/undo`), toast(words.undoing), await refresh());
  const label = one.undone + one.kept > 0 ? words.undoRest : words.undo;
  const forgotten = !one.dryRun && !busy && one.forgottenAt !== null && changes > one.undone + one.keptForGood;
  return (
    <>
      {act.error !== null && <Alert color="red" role="alert">{act.error}</Alert>}
      <Group gap="xs">
        {busy && one.state !== "undoing" && <Button variant="default" loading={act.busy} onClick={() => void cancel()}>{words.cancel}</Button>}
        {one.dryRun && one.state === "done" && changes > 0 && one.forgottenAt === null && <Button loading={act.busy} onClick={() => void apply()}>{words.apply(changes)}</Button>}
        {one.dryRun && one.state === "done" && changes === 0 && <p className="quiet">{words.nothing}</p>}
        {one.undoable && <Confirm label={label} title={words.undoTitle} confirm={label} dangerous act={undo}><p>{words.undoText}</p></Confirm>}
        {one.undoable && one.keptUntil !== null && <span className="quiet">{words.undoUntil(exactly(one.keptUntil))}</span>}
        {one.keptForGood > 0 && !busy && <p className="quiet">{words.keptForGood(one.keptForGood)}</p>}
        {forgotten && <p className="quiet">{words.forgotten}</p>}
      </Group>
    </>
  );
}

const COLUMNS: ListColumn<ImportFaultSeen>[] = [
  { label: words.columns.line, priority: 1, show: ({ line }) => formatNumber(line) },
  { label: words.columns.errors, priority: 1, show: ({ errors }) => <ul className="notes">{errors.map(({ field, message }) => <li key={field}><strong>{field === "row" ? words.row : labelOf(field)}</strong>: {message}</li>)}</ul> },
  { label: words.columns.code, priority: 3, show: ({ code }) => <span className="mono">{code}</span> },
];

function Faults({ one }: { one: ImportSeen }) {
  const [page, setPage] = useState(1);
  const path = `/api/admin/imports/${encodeURIComponent(one.id)}/errors`;
  const title = one.kept === 0 ? words.errors : one.failed === 0 ? words.undoErrors : words.bothErrors;
  return (
    <div className="stack">
      <div className="card-head">
        <h3>{title}</h3>
        <span className="grow" />
        <a href={`${path}?format=csv`} download>{words.errorsFile}</a>
      </div>
      <List
        endpoint={`${path}?page=${page}&limit=${FAULTS}`}
        caption={title}
        columns={COLUMNS}
        empty={{ icon: "check", title: words.noErrors, hint: words.noErrorsHint }}
        page={page}
        limit={FAULTS}
        onPage={setPage}
        keyOf={({ row, undo }) => `${row}-${undo}`}
      />
    </div>
  );
}
