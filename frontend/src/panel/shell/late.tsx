/** On the pages of records: the sweep is late, so what the page shows may hold defects that nobody looks for. */
import { Alert } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import { messages } from "../messages";
import type { SyncStatus } from "../types";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";

/** That a sweep did not come is no event: nobody tells it, so it has to be asked for. Milliseconds. */
const ASK_EVERY = 60_000;
/** Pages whose health card says it itself. */
const TOLD = ["/", "/data-health"];
const words = messages.health;

/** `path`: the page shown. */
export function Late({ path }: { path: string }) {
  const { data: sync, refresh } = useRealtimeData<SyncStatus>("/api/admin/sync");
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void refresh(), ASK_EVERY);
    return () => clearInterval(timer);
  }, [refresh]);
  if (!sync?.overdue || TOLD.includes(path)) return null;
  return (
    <div className="late">
      <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>
        {words.overdue} {words.lastSync}: {sync.lastSync ? <Time value={sync.lastSync} /> : words.never}
        {" · "}{words.worker}: {sync.workerAlive ? words.alive : words.dead}
        {" · "}{words.scheduler}: {sync.schedulerAlive ? words.alive : words.dead}
        {" · "}<Link href="/data-health">{messages.nav.health}</Link>
      </Alert>
    </div>
  );
}
