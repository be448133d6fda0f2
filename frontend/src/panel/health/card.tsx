/** How well the data is: the numbers of the last checks, the service behind them, and a check on demand. */
import { Alert, Button, Progress } from "@mantine/core";
import { Suspense, useState } from "react";
import { explain, useRealtimeData } from "../../realtime";
import { post } from "../api";
import { formatNumber, messages } from "../messages";
import type { Drill, Run, Statistics, SyncStatus } from "../types";
import { Badge } from "../ui/badge";
import { Icon } from "../ui/icons";
import { room } from "../ui/room";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { Alarms } from "./alarms";
import { useHistory } from "./over-time";
import { Service as SweepService } from "./service";
import { PlanList } from "./plan";
import { percent, useRun, type Following } from "./run";

const words = messages.health;
const Score = room(() => import("./score"));

/** `full`: with what can be done about the sweep. */
export function HealthCard({ full = false }: { full?: boolean }) {
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
        <Button variant="default" title={words.dryRunHint} disabled={following.busy} onClick={() => void following.start({ repair: true, dryRun: true })}>
          {words.dryRun}
        </Button>
        <Button variant="default" leftSection={<Icon name="play" size={15} />} loading={following.busy} onClick={() => void following.start({ repair: false, dryRun: false })}>
          {words.checkNow}
        </Button>
      </div>
      {error !== null && <Alert color="red" role="alert">{error}</Alert>}
      <Alarms drill={statistics.data?.drill} sync={sync.data} />
      {following.run && <RunLine run={following.run} busy={following.busy} />}
      {following.run?.dryRun && !following.busy && <Planned run={following.run} />}
      <Suspense fallback={<div className="score-wait" />}>
        <Score statistics={statistics.data} />
      </Suspense>
      <Numbers statistics={statistics.data} />
      <Service sync={sync.data} checkedAt={statistics.data?.checkedAt} drill={statistics.data?.drill} />
      {full && sync.data && <SweepService sync={sync.data} />}
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
  const { users, orphanedUsers, missingBusinessAdmins, missingProfessionalAdmins } = statistics ?? {};
  return (
    <dl className="numbers">
      <Figure label={words.totalUsers} value={users} />
      <Figure label={words.orphanedUsers} value={orphanedUsers} alarming />
      <Figure label={words.missingBusinessAdmins} value={missingBusinessAdmins} alarming />
      <Figure label={words.missingProfessionalAdmins} value={missingProfessionalAdmins} alarming />
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

/** What a dry run says: how many records of which check, and how many such findings used to heal by themselves. */
function Planned({ run: { id, counts, finishedAt } }: { run: Run }) {
  const checks = useHistory().history;
  if (!finishedAt) return null;
  const planned = (counts ?? []).filter((line) => line.planned > 0);
  const all = planned.reduce((sum, line) => sum + line.planned, 0);
  if (all === 0) return <Alert color="gray" role="status">{words.wouldTouchNothing}</Alert>;
  const titled = (id: string) => checks?.checks.find(({ check }) => check === id)?.title ?? id;
  return (
    <Alert color="blue" role="status" title={words.wouldTouch(all)}>
      <ul className="alarm-list">
        {planned.map((line) => <li key={line.check}>{words.wouldTouchOf(line.planned, titled(line.check))}</li>)}
      </ul>
      {checks && checks.ended.healedShare !== null && <p>{words.wouldHeal(`${formatNumber(Math.round(100 * checks.ended.healedShare))} %`, checks.ended.ended)}</p>}
      <PlanList runId={id} />
    </Alert>
  );
}

interface ServiceFacts {
  sync: SyncStatus | undefined;
  checkedAt: string | null | undefined;
  drill: Drill | null | undefined;
}

function Service({ sync, checkedAt, drill }: ServiceFacts) {
  return (
    <dl className="service">
      <Fact label={words.checked}><When time={checkedAt} otherwise={checkedAt === undefined ? messages.app.none : words.never} /></Fact>
      <Fact label={words.lastSync}><When time={sync?.lastSync} otherwise={sync ? words.never : messages.app.none} /></Fact>
      <Fact label={words.nextSync}><When time={sync?.nextSync} otherwise={sync?.isRunning === false ? words.stopped : messages.app.none} /></Fact>
      <Fact label={words.worker}><Alive alive={sync?.workerAlive} /></Fact>
      <Fact label={words.scheduler}><Alive alive={sync?.schedulerAlive} /></Fact>
      <Fact label={words.drill}><LastDrill drill={drill} /></Fact>
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

function LastDrill({ drill }: { drill: Drill | null | undefined }) {
  const [asking, setAsking] = useState(false);
  const hold = async () => {
    setAsking(true);
    try {
      await post("/api/admin/jobs", { name: "drill" });
      toast(words.drillQueued);
    } catch (failure) {
      toast(explain(failure), "bad");
    }
    setAsking(false);
  };
  if (drill === undefined) return <>{messages.app.none}</>;
  return (
    <span className="drill">
      {drill ? <span title={drill.detail}><span className={drill.passed ? "alive" : "dead"}>{drill.passed ? words.drillPassed : words.drillFailed}</span> <Time value={drill.at} /></span> : words.noDrill}
      <button type="button" className="link" disabled={asking} onClick={() => void hold()}>{words.drillNow}</button>
    </span>
  );
}

function When({ time, otherwise }: { time: string | null | undefined; otherwise: string }) {
  return time ? <Time value={time} /> : <>{otherwise}</>;
}

function Alive({ alive }: { alive: boolean | undefined }) {
  if (alive === undefined) return <>{messages.app.none}</>;
  return <span className={alive ? "alive" : "dead"}>{alive ? words.alive : words.dead}</span>;
}
