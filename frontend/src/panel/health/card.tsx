/** How well the data is: the numbers of the last checks, the service behind them, and a check on demand. */
import { Alert, Button, Progress } from "@mantine/core";
import { useRealtimeData } from "../../realtime";
import { formatNumber, messages } from "../messages";
import type { Run, Statistics, SyncStatus } from "../types";
import { Badge } from "../ui/badge";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { percent, useRun, type Following } from "./run";

const words = messages.health;

export function HealthCard() {
  const statistics = useRealtimeData<Statistics>("/api/admin/integrity/statistics");
  const sync = useRealtimeData<SyncStatus>("/api/admin/sync");
  const following = useRun();
  const error = statistics.error ?? sync.error ?? following.error;
  return (
    <section className="card health" aria-labelledby="health-title">
      <div className="card-head">
        <h2 id="health-title">{words.title}</h2>
        <Verdict statistics={statistics.data} />
        <span className="grow" />
        <Button variant="default" leftSection={<Icon name="play" size={15} />} loading={following.busy} onClick={() => void following.start()}>
          {words.checkNow}
        </Button>
      </div>
      {error !== null && <Alert color="red" role="alert">{error}</Alert>}
      {sync.data?.overdue && <Alert color="yellow" role="alert" icon={<Icon name="alert" />}>{words.overdue}</Alert>}
      {following.run && <RunLine run={following.run} busy={following.busy} />}
      <Numbers statistics={statistics.data} />
      <Service sync={sync.data} checkedAt={statistics.data?.checkedAt} />
    </section>
  );
}

function Verdict({ statistics }: { statistics: Statistics | undefined }) {
  if (!statistics) return null;
  return statistics.healthy ? <Badge tone="good">{words.healthy}</Badge> : <Badge tone="bad">{words.unhealthy}</Badge>;
}

function RunLine({ run, busy }: { run: Run; busy: Following["busy"] }) {
  const done = percent(run.progress);
  return (
    <div className="run" role="status">
      <span>
        {words.runStates[run.state] ?? run.state}
        {busy && run.progress?.check && <span className="quiet mono"> {run.progress.check}</span>}
        {run.error && <span className="bad"> {run.error}</span>}
      </span>
      {busy && <Progress value={done ?? 100} animated={done === undefined} striped={done === undefined} size="sm" aria-label={words.checking} />}
    </div>
  );
}

function Numbers({ statistics }: { statistics: Statistics | undefined }) {
  const { users, orphanedUsers, missingBusinessAdmins, missingProfessionalAdmins, score } = statistics ?? {};
  return (
    <dl className="numbers">
      <Figure label={words.totalUsers} value={users} />
      <Figure label={words.orphanedUsers} value={orphanedUsers} alarming />
      <Figure label={words.missingBusinessAdmins} value={missingBusinessAdmins} alarming />
      <Figure label={words.missingProfessionalAdmins} value={missingProfessionalAdmins} alarming />
      <Figure label={words.score} value={score} />
    </dl>
  );
}

function Figure({ label, value, alarming = false }: { label: string; value: number | null | undefined; alarming?: boolean }) {
  const known = value !== null && value !== undefined;
  return (
    <div className="figure" data-alarm={alarming && known && value > 0}>
      <dt>{label}</dt>
      <dd>{known ? formatNumber(value) : messages.app.none}</dd>
    </div>
  );
}

function Service({ sync, checkedAt }: { sync: SyncStatus | undefined; checkedAt: string | null | undefined }) {
  return (
    <dl className="service">
      <Fact label={words.checked}>{checkedAt ? <Time value={checkedAt} /> : words.never}</Fact>
      <Fact label={words.lastSync}><When time={sync?.lastSync} otherwise={sync ? words.never : messages.app.none} /></Fact>
      <Fact label={words.nextSync}><When time={sync?.nextSync} otherwise={sync ? words.stopped : messages.app.none} /></Fact>
      <Fact label={words.worker}><Alive alive={sync?.workerAlive} /></Fact>
      <Fact label={words.scheduler}><Alive alive={sync?.schedulerAlive} /></Fact>
      {sync?.lastError && <Fact label={words.lastError}><span className="bad">{sync.lastError}</span></Fact>}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function When({ time, otherwise }: { time: string | null | undefined; otherwise: string }) {
  return time ? <Time value={time} /> : <>{otherwise}</>;
}

function Alive({ alive }: { alive: boolean | undefined }) {
  if (alive === undefined) return <>{messages.app.none}</>;
  return <span className={alive ? "alive" : "dead"}>{alive ? words.alive : words.dead}</span>;
}
