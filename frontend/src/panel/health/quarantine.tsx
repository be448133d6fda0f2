/** What was taken out of the live tables: compared with what stands now, and brought back, one by one or a whole run. */
import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useRealtime } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { Confirm } from "../parts/confirm";
import { address, pageOf, useAddress } from "../parts/params";
import { useAct, useJson } from "../parts/send";
import { Who } from "../parts/who";
import { resourceNamed, RESOURCES } from "../resources";
import { LIMIT } from "../table/url";
import type { QuarantineEntry } from "../types";
import { Badge } from "../ui/badge";
import { ChoiceRow } from "../ui/choices";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { Compare } from "./compare";
import { List, type ListColumn } from "./list";
import { words as all } from "./words";

const words = messages.health;
const more = all.compare;
const STATES = ["open", "restored", "all"];

export function nameOf({ resource, recordId, snapshot }: QuarantineEntry): string {
  return resourceNamed(resource)?.title({ ...snapshot, id: recordId, version: 0 }) ?? recordId;
}

function Subject({ entry }: { entry: QuarantineEntry }) {
  return (
    <span className="subject">
      {nameOf(entry)}
      <span className="quiet">
        {wordsOf(entry.resource).one} {entry.children.length > 0 && words.children(entry.children.length)}
      </span>
    </span>
  );
}

function Restore({ entry }: { entry: QuarantineEntry }) {
  const json = useJson();
  const act = useAct();
  if (entry.restoredAt) return <Badge tone="good">{words.restored}</Badge>;
  const restore = async () => (await json("POST", `/api/admin/quarantine/${encodeURIComponent(entry.id)}/restore`), toast(words.restoreDone(nameOf(entry))));
  return (
    <Button size="compact-sm" variant="default" loading={act.busy} leftSection={<Icon name="restore" size={14} />} onClick={() => void act.run(restore, true)} aria-label={`${words.restore} ${nameOf(entry)}`}>
      {words.restore}
    </Button>
  );
}

export function Quarantine() {
  const [params, change] = useAddress(["state", "resource", "page"]);
  const [opened, setOpened] = useState<QuarantineEntry>();
  const page = pageOf(params["page"]);
  const state = STATES.includes(params["state"] ?? "") ? params["state"]! : "open";
  const columns: ListColumn<QuarantineEntry>[] = [
    { label: words.columns.record, priority: 1, show: (entry) => <Subject entry={entry} /> },
    { label: words.columns.reason, priority: 2, show: ({ reason, check }) => <span className="subject">{reason}{check && <span className="quiet mono">{check}</span>}</span> },
    { label: words.columns.placedAt, priority: 2, show: ({ placedAt }) => <Time value={placedAt} /> },
    { label: words.columns.placedBy, priority: 3, show: ({ placedBy }) => <Who actor={placedBy} /> },
    { label: words.columns.action, priority: 1, show: (entry) => <span className="row-acts"><Restore entry={entry} /><Button size="compact-sm" variant="default" aria-label={more.of(nameOf(entry))} onClick={() => setOpened(entry)}>{more.label}</Button></span> },
  ];
  return (
    <>
      <div className="findings-bar">
        <ChoiceRow chosen={state}><SegmentedControl size="xs" value={state} onChange={(next) => change({ state: next === "open" ? "" : next })} aria-label={more.state} data={STATES.map((value) => ({ value, label: more.states[value] }))} /></ChoiceRow>
        <NativeSelect size="xs" aria-label={more.resource} value={params["resource"] ?? ""} onChange={(event) => change({ resource: event.currentTarget.value })} data={[{ value: "", label: more.any }, ...RESOURCES.map(({ name }) => ({ value: name, label: wordsOf(name).title }))]} />
      </div>
      <List
        endpoint={address("/api/admin/quarantine", { page, limit: LIMIT, state, resource: params["resource"] })}
        caption={words.tabs.quarantine}
        columns={columns}
        empty={{ icon: "restore", title: words.noQuarantine, hint: words.noQuarantineHint }}
        page={page}
        limit={LIMIT}
        onPage={(number) => change({ page: String(number) })}
      />
      {opened && <Compare key={opened.id} entry={opened} name={nameOf(opened)} onClose={() => setOpened(undefined)} />}
    </>
  );
}

/** All that one run set aside, or one bulk action deleted. */
export function RestoreAll({ entry, onDone }: { entry: QuarantineEntry; onDone: () => void }) {
  const json = useJson();
  const realtime = useRealtime();
  const { runId, bulkId } = entry;
  if (runId === null && bulkId === null) return null;
  const restore = async () => {
    const { done, failed } = await json<{ done: string[]; failed: { detail?: string }[] }>("POST", "/api/admin/quarantine/restore", runId !== null ? { runId } : { bulkId });
    toast(`${more.results(done.length, failed.length)} ${failed[0]?.detail ?? ""}`, failed.length > 0 ? "bad" : "good");
    realtime.store.refresh(["quarantine"]);
    onDone();
  };
  return <Confirm label={runId !== null ? more.run : more.bulk} title={more.runTitle} confirm={words.restore} act={restore}><p>{more.runText}</p></Confirm>;
}
