/** Every version of a record, the newest first: who, when, what, and the way back to it. */
import { Alert, Button, Group } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import type { FieldChange, RecordVersion } from "../generated/wire";
import { labelOf, messages } from "../messages";
import { Diff } from "../parts/diff";
import { useAct, useJson } from "../parts/send";
import { Who } from "../parts/who";
import { actionName } from "../parts/words";
import type { Resource } from "../resources";
import { Pager } from "../table/pager";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { words } from "./words";

const LIMIT = 20;
const STANDING = new Set(["created", "updated", "restored"]);

interface Props {
  resource: Resource;
  id: string;
  /** The record as it is now; none when it has gone. */
  record: Rec | undefined;
}

export function useVersions(resource: Resource, id: string, page: number) {
  return useRealtimeData<RecordVersion[]>(`/api/admin/${resource.name}/${encodeURIComponent(id)}/history?page=${page}&limit=${LIMIT}`);
}

export function RecordHistory({ resource, id, record }: Props) {
  const [page, setPage] = useState(1);
  const [wanted, setWanted] = useState<RecordVersion>();
  const { data, meta, error } = useVersions(resource, id, page);
  if (error !== null && !data) return <Alert color="red" role="alert">{error}</Alert>;
  return (
    <>
      <ol className="past">
        {data?.map((version) => <Version key={version.changeId} version={version} record={record} onRevert={setWanted} />)}
      </ol>
      {(meta.total ?? 0) > LIMIT && <Pager page={page} limit={LIMIT} total={meta.total} onPage={setPage} />}
      <Dialog opened={wanted !== undefined} onClose={() => setWanted(undefined)} title={wanted ? words.revertTitle(wanted.version) : ""}>
        {wanted && record && <Reverting resource={resource} record={record} to={wanted.version} onDone={() => setWanted(undefined)} />}
      </Dialog>
    </>
  );
}

function Version({ version, record, onRevert }: { version: RecordVersion; record: Rec | undefined; onRevert: (version: RecordVersion) => void }) {
  const { action, actor, at, changes, secrets, compacted } = version;
  const told = changes.filter(({ field, before, after }) => !(before === null && after === null) && messages.fields[field] !== undefined);
  const back = record && STANDING.has(action) && version.version !== record.version && !compacted;
  return (
    <li>
      <span className="past-head">
        <strong>{actionName(action)}</strong> <Who actor={actor} link /> <span className="quiet"><Time value={at} /> · {messages.record.version(version.version)}</span>
        <span className="grow" />
        {back && <Button size="compact-xs" variant="default" leftSection={<Icon name="restore" size={13} />} onClick={() => onRevert(version)}>{words.revert}</Button>}
      </span>
      {told.length > 0 && (action === "updated" ? <Diff changes={told} /> : <Folded changes={told} />)}
      {secrets.length > 0 && <span className="quiet">{words.secrets(secrets.map(labelOf))}</span>}
      {compacted && <span className="quiet">{words.compacted}</span>}
    </li>
  );
}

/** All of a record at once is much: shown on demand. */
function Folded({ changes }: { changes: FieldChange[] }) {
  return (
    <details className="folded">
      <summary>{words.wholeRecord(changes.length)}</summary>
      <Diff changes={changes} />
    </details>
  );
}

function Reverting({ resource, record, to, onDone }: { resource: Resource; record: Rec; to: number; onDone: () => void }) {
  const path = `/api/admin/${resource.name}/${encodeURIComponent(record.id)}`;
  const diff = useRealtimeData<{ changes: FieldChange[] }>(`${path}/diff?from=${record.version}&to=${to}`);
  const send = useJson();
  const act = useAct();
  const revert = (version: number, seen: number) => send<Rec>("POST", `${path}/revert`, { version }, { "If-Match": `"${seen}"` });
  const go = async () => {
    const before = record.version;
    const done = await act.run(async () => {
      const now = await revert(to, before);
      toast(words.reverted(to), "good", { label: words.undo, run: () => void act.run(async () => { await revert(before, now.version); toast(words.undone); }, true) });
    });
    if (done) onDone();
  };
  return (
    <>
      <p>{words.revertText}</p>
      {diff.data && (diff.data.changes.length > 0 ? <Diff changes={diff.data.changes} /> : <p className="quiet">{words.revertNothing}</p>)}
      {(act.error ?? diff.error) !== null && <Alert color="red" role="alert" mt="sm">{act.error ?? diff.error}</Alert>}
      <Group gap="xs" justify="flex-end" mt="lg">
        <Button variant="default" onClick={onDone} data-autofocus>{messages.app.cancel}</Button>
        <Button loading={act.busy} disabled={!diff.data || diff.data.changes.length === 0} onClick={() => void go()}>{words.revertConfirm}</Button>
      </Group>
    </>
  );
}
