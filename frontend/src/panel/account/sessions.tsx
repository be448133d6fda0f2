/** The live sign-ins of somebody, oneself included, and a way to end each. */
import { Button } from "@mantine/core";
import { useRealtime } from "../../realtime";
import type { OneSession } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { Confirm } from "../parts/confirm";
import { useAct, useJson } from "../parts/send";
import { agentName } from "../realtime/agent";
import { Badge } from "../ui/badge";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { words } from "./words";

const LIMIT = 50;
const { columns } = words;

/** `list`: where they are told, and ended below. */
export function Sessions({ list }: { list: string }) {
  const endpoint = `${list}?page=1&limit=${LIMIT}`;
  const shown: ListColumn<OneSession>[] = [
    { label: columns.where, priority: 1, show: ({ address, userAgent, current }) => <span className="subject"><span>{address} {current && <Badge tone="info">{words.thisOne}</Badge>}</span>{userAgent && <span className="quiet" title={userAgent}>{agentName(userAgent)}</span>}</span> },
    { label: columns.since, priority: 1, show: ({ createdAt }) => <Time value={createdAt} /> },
    { label: columns.until, priority: 2, show: ({ expiresAt }) => <Time value={expiresAt} /> },
    { label: columns.act, priority: 1, show: (session) => <End session={session} list={list} endpoint={endpoint} /> },
  ];
  return <List endpoint={endpoint} caption={words.sessions} columns={shown} empty={{ icon: "key", title: words.noSessions, hint: "" }} page={1} limit={LIMIT} onPage={() => undefined} follow={{ every: 15_000 }} />;
}

function End({ session: { id, address, current }, list, endpoint }: { session: OneSession; list: string; endpoint: string }) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const end = async () => {
    await json("DELETE", `${list}/${encodeURIComponent(id ?? "")}`);
    toast(words.ended);
    await realtime.refresh(endpoint);
  };
  const label = words.endOf(address ?? "");
  if (current) return <Confirm size="compact-sm" label={words.end} describe={label} title={words.endOwnTitle} confirm={words.end} dangerous act={end}><p>{words.endOwnText}</p></Confirm>;
  return <Button size="compact-sm" variant="default" className="danger" aria-label={label} loading={act.busy} onClick={() => void act.run(end, true)}>{words.end}</Button>;
}
