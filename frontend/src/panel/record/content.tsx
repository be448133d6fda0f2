/** What there is to see and do of a record: in the drawer beside its list and on its own page. */
import { Button, Group, Skeleton, Stack, Tabs } from "@mantine/core";
import { useState } from "react";
import type { RealtimeData, Rec } from "../../realtime";
import { messages } from "../messages";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { DeleteRecord } from "./delete";
import { Details } from "./details";
import { RecordForm } from "./form";
import { Gone } from "./gone";
import { RecordHistory } from "./history";
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
  const record = live.data ?? (live.error === null ? known : undefined);
  if (record) return <Standing resource={resource} record={record} live={live} onGone={onGone} />;
  if (live.error === null) return <Waiting />;
  return <Gone resource={resource} id={id} why={live.error} />;
}

function Standing({ resource, record, live, onGone }: { resource: Resource; record: Rec; live: RealtimeData<Rec>; onGone: () => void }) {
  const [editing, setEditing] = useState(false);
  const [tab, setTab] = useState<string | null>("details");
  if (editing) return <RecordForm resource={resource} record={record} live={live} onClose={() => setEditing(false)} />;
  return (
    <>
      <Group gap="xs" className="drawer-actions">
        <Button variant="default" leftSection={<Icon name="edit" size={16} />} onClick={() => setEditing(true)}>{messages.record.edit}</Button>
        <DeleteRecord resource={resource} record={record} onDone={onGone} />
        <span className="grow" />
        <span className="quiet">{messages.record.version(record.version)}</span>
      </Group>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List aria-label={messages.record.details}>
          {TABS.map((name) => <Tabs.Tab key={name} value={name}>{words.tabs[name]}</Tabs.Tab>)}
        </Tabs.List>
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
