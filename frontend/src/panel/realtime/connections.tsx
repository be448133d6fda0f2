/** Every open stream, and a way to end one. */
import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { explain, useRealtime, useRealtimeData } from "../../realtime";
import { List, type ListColumn } from "../health/list";
import { messages } from "../messages";
import { LIMIT } from "../table/url";
import type { Stream, User } from "../types";
import { Dialog } from "../ui/dialog";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { agentName } from "./agent";
import { useFresh } from "./fresh";
import { bytes, words } from "./words";

const told = words.connections;
const { columns } = told;

const COLUMNS: ListColumn<Stream>[] = [
  { label: columns.who, priority: 1, show: (stream) => <span className="subject"><Who id={stream.userId} /><span className="quiet">{told.transports[stream.transport]}, {stream.topics ? told.topics(stream.topics) : told.all}</span></span> },
  { label: columns.from, priority: 2, show: ({ address, agent }) => <span className="subject">{address}{agent !== null && <span className="quiet" title={agent}>{agentName(agent)}</span>}</span> },
  { label: columns.since, priority: 2, show: ({ since }) => <Time value={since} /> },
  { label: columns.behind, priority: 1, show: ({ position, behind }) => (position === null ? <span className="bad">{told.fellBehind}</span> : <span className="nowrap">{told.messages(behind)}</span>) },
  { label: columns.sent, priority: 3, show: ({ bytesSent }) => bytes(bytesSent) },
  { label: columns.process, priority: 3, show: ({ process }) => <span className="mono" title={process}>{process.slice(0, 8)}</span> },
  { label: columns.act, priority: 1, show: (stream) => <End stream={stream} /> },
];

function useMail(id: string): string {
  return useRealtimeData<User>(`/api/admin/users/${encodeURIComponent(id)}`).data?.email ?? id;
}

function Who({ id }: { id: string }) {
  return <span>{useMail(id)}</span>;
}

function End({ stream: { id, userId, address } }: { stream: Stream }) {
  const realtime = useRealtime();
  const who = useMail(userId);
  const [asking, { open, close }] = useDisclosure();
  const [state, setState] = useState({ busy: false, error: null as string | null });
  const act = async () => {
    setState({ busy: true, error: null });
    try {
      await realtime.send(`/api/admin/realtime/connections/${encodeURIComponent(id)}`, { method: "DELETE" });
      toast(told.ended);
      close();
      setState({ busy: false, error: null });
    } catch (failure) {
      setState({ busy: false, error: explain(failure) });
    }
  };
  return (
    <>
      <Button size="compact-sm" variant="default" className="danger" aria-label={told.endOf(who)} onClick={open}>{told.end}</Button>
      <Dialog opened={asking} onClose={close} title={told.endTitle}>
        <p>{told.endText(who, address)}</p>
        {state.error !== null && <Alert color="red" role="alert" mt="sm">{state.error}</Alert>}
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>{messages.app.cancel}</Button>
          <Button color="red.9" loading={state.busy} onClick={() => void act()}>{told.endConfirm}</Button>
        </Group>
      </Dialog>
    </>
  );
}

export default function ConnectionsPage() {
  const [page, setPage] = useState(1);
  const endpoint = `/api/admin/realtime/connections?page=${page}&limit=${LIMIT}`;
  useFresh(endpoint);
  return (
    <div className="page">
      <p className="quiet">{told.explain}</p>
      <List
        endpoint={endpoint}
        caption={told.title}
        columns={COLUMNS}
        empty={{ icon: "connections", title: told.empty, hint: told.emptyHint }}
        page={page}
        limit={LIMIT}
        onPage={setPage}
      />
    </div>
  );
}
