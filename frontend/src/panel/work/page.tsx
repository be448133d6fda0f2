/** What waits for somebody: applications for an account, requests to be listed, inquiries. One queue a tab. */
import { Tabs } from "@mantine/core";
import { useLocation } from "wouter";
import { useRealtimeMultipleData } from "../../realtime";
import { formatNumber } from "../messages";
import "../parts/parts.css";
import { QueueView } from "./queue";
import { NAMES, QUEUES, type QueueName } from "./queues";
import "./work.css";
import { words } from "./words";
import { TabRow } from "../ui/choices";

const WAITING = Object.fromEntries(NAMES.map((name) => [name, `/api/admin/${QUEUES[name].resource}?page=1&limit=1&status=${QUEUES[name].waiting.join(",")}`])) as Record<QueueName, string>;

export default function WorkPage() {
  const [path, go] = useLocation();
  const named = path.split("/")[2] as QueueName;
  const chosen = NAMES.includes(named) ? named : "registrations";
  const waiting = useRealtimeMultipleData(WAITING);
  return (
    <div className="work">
      <Tabs value={chosen} onChange={(name) => name && go(`/work/${name}`)}>
        <TabRow chosen={chosen} label={words.title}>
          {NAMES.map((name) => (
            <Tabs.Tab key={name} value={name} rightSection={<Count total={waiting[name].meta.total} />}>{words.queues[name]}</Tabs.Tab>
          ))}
        </TabRow>
        <Tabs.Panel value={chosen}><QueueView key={chosen} queue={QUEUES[chosen]} /></Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Count({ total }: { total: number | undefined }) {
  return total === undefined ? null : <span className="work-count" data-some={total > 0}>{formatNumber(total)}</span>;
}
