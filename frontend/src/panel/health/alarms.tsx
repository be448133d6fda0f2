/** What a superadmin must not overlook: broken checks, a failed drill, a service that is overdue. */
import { Alert } from "@mantine/core";
import { messages } from "../messages";
import type { Drill, SyncStatus } from "../types";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { Link } from "wouter";
import { useBreakers } from "./breakers";
import { useHistory } from "./over-time";
import { words as more } from "./words";

const words = messages.health;

export function Alarms({ drill, sync }: { drill: Drill | null | undefined; sync: SyncStatus | undefined }) {
  const broken = useHistory().history?.checks.filter(({ health, mode }) => health === "broken" && mode !== "off") ?? [];
  const tripped = useBreakers();
  return (
    <>
      {tripped.length > 0 && (
        <Loud title={more.tripped(tripped.length)}>
          <ul className="alarm-list">{tripped.map(({ check, reason }) => <li key={check}><span className="mono">{check}</span> {reason}</li>)}</ul>
          <Link href="/data-health?tab=breakers">{more.look}</Link>
        </Loud>
      )}
      {broken.length > 0 && (
        <Loud title={words.brokenTitle(broken.length)}>
          <ul className="alarm-list">
            {broken.map(({ check, healthDetail }) => <li key={check}><span className="mono">{check}</span> {healthDetail}</li>)}
          </ul>
        </Loud>
      )}
      {drill && !drill.passed && (
        <Loud title={words.drillFailedTitle}>
          <p><Time value={drill.at} />: {drill.detail}</p>
          <p>{words.drillFailedHint}</p>
        </Loud>
      )}
      {sync?.overdue && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.overdue}</Alert>}
      {drill?.overdue && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.drillOverdue}</Alert>}
    </>
  );
}

function Loud({ title, children }: { title: string; children: React.ReactNode }) {
  return <Alert color="red" variant="light" role="alert" title={title} icon={<Icon name="alert" />}>{children}</Alert>;
}
