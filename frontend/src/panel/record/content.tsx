/** What there is to see and do of a record: in the drawer beside its list and on its own page. */
import { Button, Group, Skeleton, Stack, Tabs } from "@mantine/core";
import { useEffect, useRef, useState, type RefObject } from "react";
import type { RealtimeData, Rec } from "../../realtime";
import { putOff } from "../edits/refused";
import { useDeciding } from "../edits/use-edits";
import { messages } from "../messages";
import type { Resource } from "../resources";
import { useIsGone } from "../parts/refusal";
import { TabRow } from "../ui/choices";
import { Icon } from "../ui/icons";
import { Failed } from "../ui/states";
import { DeleteRecord } from "./delete";
import { Details } from "./details";
import { RecordForm } from "./form";
import { Gone } from "./gone";
import { RecordHistory } from "./history";
import { Others } from "./others";
import "../parts/parts.css";
import "./record.css";
import { Related } from "./related";
import { AsItStood } from "./then";
import { words } from "./words";

const TABS = ["details", "history", "then"] as const;

interface Props {
  resource: Resource;
  id: string;
  live: RealtimeData<Rec>;
  /** The record as a list had it: shown until its own answer is here. */
  known?: Rec | undefined;
  onGone: () => void;
}

export function RecordContent({ resource, id, live, known, onGone }: Props) {
  const refused = useDeciding(resource.name, id);
  const [chosen, setEditing] = useState(false);
  const editing = chosen || refused !== undefined;
  const isGone = useIsGone(`/api/admin/${resource.name}/${encodeURIComponent(id)}`);
  const record = live.data ?? (live.error === null ? known : undefined);
  useEffect(() => refused && (() => putOff(refused)), [refused]); // left without a decision, it stays to be decided
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(editing);
  useEffect(() => {
    if (wasEditing.current && !editing) edit.current?.focus({ preventScroll: true });
    wasEditing.current = editing;
  }, [editing]);
  const close = () => {
    setEditing(false);
    if (refused) putOff(refused);
  };
  const last = useRef(record);
  if (record) last.current = record;
  const kept = record ?? (editing ? last.current : undefined); // what one types outlives the record
  if (!kept && live.error === null) return <Waiting />;
  if (!kept) return isGone ? <Gone resource={resource} id={id} why={live.error ?? ""} /> : <Failed message={live.error ?? ""} retry={() => void live.refresh()} />;
  return (
    <>
      <Others resource={resource.name} id={id} doing={editing ? "editing" : "looking"} />
      {editing ? (
        <RecordForm key={refused?.mutation} resource={resource} record={kept} gone={!record && isGone} live={live} refused={refused} onClose={close} />
      ) : (
        <Standing resource={resource} record={kept} button={edit} edit={() => setEditing(true)} onGone={onGone} />
      )}
    </>
  );
}

interface StandingProps {
  resource: Resource;
  record: Rec;
  button: RefObject<HTMLButtonElement | null>;
  edit: () => void;
  onGone: () => void;
}

function Standing({ resource, record, button, edit, onGone }: StandingProps) {
  const [tab, setTab] = useState<string | null>("details");
  return (
    <>
      <Group gap="xs" className="drawer-actions">
        <Button ref={button} variant="default" leftSection={<Icon name="edit" size={16} />} onClick={edit}>{messages.record.edit}</Button>
        <DeleteRecord resource={resource} record={record} onDone={onGone} />
        <span className="grow" />
        <span className="quiet">{messages.record.version(record.version)}</span>
      </Group>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <TabRow chosen={tab} label={messages.record.details}>
          {TABS.map((name) => <Tabs.Tab key={name} value={name}>{words.tabs[name]}</Tabs.Tab>)}
        </TabRow>
        <Tabs.Panel value="details">
          <Related resource={resource} id={record.id} />
          <Details resource={resource} record={record} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md"><RecordHistory resource={resource} id={record.id} record={record} /></Tabs.Panel>
        <Tabs.Panel value="then" pt="md"><AsItStood resource={resource} id={record.id} record={record} /></Tabs.Panel>
      </Tabs>
    </>
  );
}

function Waiting() {
  return (
    <Stack gap="md" aria-label={messages.app.loading}>
      {[40, 70, 55, 80, 35].map((width) => (
        <Skeleton key={width} height={12} width={`${width}%`} radius="xl" />
      ))}
    </Stack>
  );
}
