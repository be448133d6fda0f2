/** Work for later: every declared job with its schedule, and every job that waits, runs or is done. */
import { Alert, Tabs } from "@mantine/core";
import { useSearchParams } from "wouter";
import { useRealtimeData } from "../../realtime";
import "../parts/parts.css";
import type { SyncStatus } from "../types";
import { Icon } from "../ui/icons";
import { Queue } from "./queue";
import { Schedule } from "./schedule";
import { words } from "./words";
import "./jobs.css";

export default function JobsPage() {
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") === "schedule" ? "schedule" : "queue";
  const { data: sync } = useRealtimeData<SyncStatus>("/api/admin/sync");
  return (
    <div className="page">
      {sync?.workerAlive === false && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.dead.worker}</Alert>}
      {sync?.schedulerAlive === false && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.dead.scheduler}</Alert>}
      <Tabs value={tab} onChange={(name) => setParams(name === "schedule" ? { tab: name } : {})} keepMounted={false}>
        <Tabs.List aria-label={words.title}>
          <Tabs.Tab value="queue">{words.tabs.queue}</Tabs.Tab>
          <Tabs.Tab value="schedule">{words.tabs.schedule}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="queue">{tab === "queue" && <Queue />}</Tabs.Panel>
        <Tabs.Panel value="schedule">{tab === "schedule" && <Schedule />}</Tabs.Panel>
      </Tabs>
    </div>
  );
}
