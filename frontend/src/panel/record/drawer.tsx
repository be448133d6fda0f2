/** One record beside its list. */
import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import { useRealtimeData, type Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { unlessAsking } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { RecordContent } from "./content";
import { words } from "./words";

interface Props {
  resource: Resource;
  id: string | undefined;
  /** The record as the table had it: shown until the drawer's own answer is here. */
  known: Rec | undefined;
  onClose: () => void;
}

export default function RecordDrawer({ resource, id, known, onClose }: Props) {
  return (
    <Drawer.Root opened={id !== undefined} onClose={unlessAsking(onClose)} position="right" size={580}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={messages.record.details}>
        {id !== undefined && <Opened key={id} resource={resource} id={id} known={known?.id === id ? known : undefined} onClose={onClose} />}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Opened({ resource, id, known, onClose }: { resource: Resource; id: string; known: Rec | undefined; onClose: () => void }) {
  const address = encodeURIComponent(id);
  const live = useRealtimeData<Rec>(`/api/admin/${resource.name}/${address}`);
  const record = live.data ?? (live.error === null ? known : undefined);
  return (
    <>
      <div className="drawer-head">
        <div className="drawer-title">
          <span className="quiet">{wordsOf(resource.name).one}</span>
          <Drawer.Title>{record ? resource.title(record) : id}</Drawer.Title>
        </div>
        <span className="drawer-ways">
          <Tooltip label={words.openPage}>
            <ActionIcon component={Link} href={`/records/${resource.name}/${address}`} variant="subtle" color="gray" aria-label={words.openPage}><Icon name="open" size={17} /></ActionIcon>
          </Tooltip>
          <Drawer.CloseButton aria-label={messages.app.close} />
        </span>
      </div>
      <Drawer.Body className="drawer-body">
        <RecordContent resource={resource} id={id} live={live} known={known} onGone={onClose} />
      </Drawer.Body>
    </>
  );
}
