/** Work for later: every declared job with its schedule, and every job that waits, runs or is done. */
import { Alert, Tabs } from "@mantine/core";
import { useSearchParams } from "wouter";
import { useRealtimeData } from "../../realtime";
import "../parts/parts.css";
import type { SyncStatus } from "../types";
import { TabRow } from "../ui/choices";
import { Icon } from "../ui/icons";
import { BulkActions } from "./bulk";
import { Queue } from "./queue";
import { Schedule } from "./schedule";
import { words } from "./words";
import "./jobs.css";

const TABS = ["queue", "schedule", "bulk"] as const;

export default function JobsPage() {
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((name) => name === params.get("tab")) ?? "queue";
  const { data: sync } = useRealtimeData<SyncStatus>("/api/admin/sync");
  return (
    <div className="page">
      {sync?.workerAlive === false && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.dead.worker}</Alert>}
      {sync?.schedulerAlive === false && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.dead.scheduler}</Alert>}
      <Tabs value={tab} onChange={(name) => setParams(name === null || name === "queue" ? {} : { tab: name })} keepMounted={false}>
        <TabRow chosen={tab} label={words.title}>
          {TABS.map((name) => <Tabs.Tab key={name} value={name}>{words.tabs[name]}</Tabs.Tab>)}
        </TabRow>
        <Tabs.Panel value="queue">{tab === "queue" && <Queue />}</Tabs.Panel>
        <Tabs.Panel value="schedule">{tab === "schedule" && <Schedule />}</Tabs.Panel>
        <Tabs.Panel value="bulk">{tab === "bulk" && <BulkActions />}</Tabs.Panel>
      </Tabs>
    </div>
  );
}
