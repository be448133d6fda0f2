/** One record: all its fields, a form for the main ones, and the way to quarantine. */
import { Button, Drawer, Group, Skeleton, Stack } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData, type RealtimeData, type Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import { DeleteRecord } from "./delete";
import { Details } from "./details";
import { RecordForm } from "./form";

const words = messages.record;

interface Props {
  resource: Resource;
  id: string | undefined;
  /** The record as the table had it: shown until the drawer's own answer is here. */
  known: Rec | undefined;
  onClose: () => void;
}

export function RecordDrawer({ resource, id, known, onClose }: Props) {
  return (
    <Drawer.Root opened={id !== undefined} onClose={onClose} position="right" size={540}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.details}>
        {id !== undefined && <Opened key={id} resource={resource} id={id} known={known?.id === id ? known : undefined} onClose={onClose} />}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Opened({ resource, id, known, onClose }: { resource: Resource; id: string; known: Rec | undefined; onClose: () => void }) {
  const live = useRealtimeData<Rec>(`/api/admin/${resource.name}/${encodeURIComponent(id)}`);
  const [editing, setEditing] = useState(false);
  const record = live.data ?? (live.error === null ? known : undefined);
  return (
    <>
      <div className="drawer-head">
        <div className="drawer-title">
          <span className="quiet">{wordsOf(resource.name).one}</span>
          <Drawer.Title>{record ? resource.title(record) : id}</Drawer.Title>
        </div>
        <Drawer.CloseButton aria-label={messages.app.close} />
      </div>
      <Drawer.Body className="drawer-body">
        {record && <Content resource={resource} record={record} live={live} editing={editing} setEditing={setEditing} onClose={onClose} />}
        {!record && live.error === null && <Waiting />}
        {!record && live.error !== null && <Empty icon="search" title={live.error} hint={words.gone} />}
      </Drawer.Body>
    </>
  );
}

interface ContentProps {
  resource: Resource;
  record: Rec;
  live: RealtimeData<Rec>;
  editing: boolean;
  setEditing: (editing: boolean) => void;
  onClose: () => void;
}

function Content({ resource, record, live, editing, setEditing, onClose }: ContentProps) {
  if (editing) return <RecordForm resource={resource} record={record} live={live} onClose={() => setEditing(false)} />;
  return (
    <>
      <Group gap="xs" className="drawer-actions">
        <Button variant="default" leftSection={<Icon name="edit" size={16} />} onClick={() => setEditing(true)}>
          {words.edit}
        </Button>
        <DeleteRecord resource={resource} record={record} onDone={onClose} />
        <span className="grow" />
        <span className="quiet">{words.version(record.version)}</span>
      </Group>
      <Details resource={resource} record={record} />
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
