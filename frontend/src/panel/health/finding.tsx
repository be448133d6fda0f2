/** One finding in full: why it is one, why it stands, and what a repair would do to its record and what hangs on it. */
import { Alert, Button, Drawer, Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import type { PlannedAct } from "../generated/wire";
import { messages, wordsOf } from "../messages";
import { useAct, useJson } from "../parts/send";
import type { Check, Finding } from "../types";
import { Badge } from "../ui/badge";
import { Time } from "../ui/time";
import { TONES, titleOf } from "./findings";
import { Consequences } from "./plan";
import { useRun } from "./run";
import { words as all } from "./words";

const words = all.finding;
const told = messages.health;
const PAGE = 500;

export function FindingDrawer({ finding, onClose }: { finding: Finding | undefined; onClose: () => void }) {
  return (
    <Drawer.Root opened={finding !== undefined} onClose={onClose} position="right" size={540}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.details}>
        {finding && (
          <>
            <div className="drawer-head">
              <div className="drawer-title"><span className="quiet">{words.details}</span><Drawer.Title>{titleOf(finding)}</Drawer.Title></div>
              <Drawer.CloseButton aria-label={messages.app.close} />
            </div>
            <Drawer.Body className="drawer-body stack"><Content key={finding.id} finding={finding} /></Drawer.Body>
          </>
        )}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Content({ finding }: { finding: Finding }) {
  const { data: checks } = useRealtimeData<Check[]>("/api/admin/integrity/checks?page=1&limit=500");
  const check = checks?.find(({ id }) => id === finding.check);
  return (
    <>
      <dl className="pairs">
        <dt>{told.columns.state}</dt><dd><Badge tone={TONES[finding.state] ?? "plain"}>{told.states[finding.state] ?? finding.state}</Badge></dd>
        <dt>{words.check}</dt><dd>{check?.title ?? finding.check}{check && <span className="quiet"> · {told.severities[check.severity]} · {told.remedies[check.remedy]} · {told.modes[check.mode]}</span>}</dd>
        {finding.explanation !== null && <><dt>{words.why}</dt><dd>{finding.explanation}</dd></>}
        {finding.detail !== null && <><dt>{words.detail}</dt><dd>{finding.detail}</dd></>}
        <dt>{words.seen}</dt><dd>{told.times(finding.sightings)}</dd>
        <dt>{words.first}</dt><dd><Time value={finding.firstSeen} /></dd>
        <dt>{words.last}</dt><dd><Time value={finding.lastSeen} /></dd>
        {finding.resolvedAt !== null && <><dt>{words.resolved}</dt><dd><Time value={finding.resolvedAt} /></dd></>}
        <dt>{words.record}</dt><dd><Link href={`/records/${finding.resource}?record=${encodeURIComponent(finding.recordId)}`}>{wordsOf(finding.resource).one} <span className="mono">{finding.recordId}</span></Link></dd>
      </dl>
      {["open", "blocked"].includes(finding.state) && <Blast finding={finding} check={check} />}
    </>
  );
}

/** A dry run of this one check, and of its plan the line about this record. */
function Blast({ finding, check }: { finding: Finding; check: Check | undefined }) {
  const json = useJson();
  const following = useRun();
  const act = useAct();
  const [planned, setPlanned] = useState<PlannedAct | null>();
  const { run, busy } = following;
  const ended = run !== undefined && !busy ? run.id : undefined;
  useEffect(() => {
    if (ended === undefined) return;
    void act.run(async () => {
      for (let page = 1; ; page += 1) {
        const { items, total } = await json<{ items: PlannedAct[]; total: number }>("GET", `/api/admin/integrity/runs/${ended}/plan?check=${encodeURIComponent(finding.check)}&page=${page}&limit=${PAGE}`);
        const mine = items.find(({ recordId }) => recordId === finding.recordId);
        if (mine || page * PAGE >= total) return setPlanned(mine ?? null);
      }
    });
  }, [ended, finding.check, finding.recordId, json, act.run]);
  return (
    <section className="stack" aria-label={words.blast}>
      <Button className="fit-start" variant="default" disabled={busy || act.busy} onClick={() => (setPlanned(undefined), void following.start({ repair: true, dryRun: true, checks: [finding.check] }))}>{words.blast}</Button>
      <p className="quiet">{words.blastHint}</p>
      {(busy || act.busy) && <p role="status"><Loader size="xs" /> {words.trying}</p>}
      {(following.error ?? act.error) !== null && <Alert color="red" role="alert">{following.error ?? act.error}</Alert>}
      {!busy && run?.error && <Alert color="red" role="alert">{words.stopped} {run.error}</Alert>}
      {planned === null && <Alert color="gray" role="status">{words.nothing} {check?.remedy === "report" ? words.reports : check?.mode === "observe" ? words.observes : ""}</Alert>}
      {planned && <Alert color="blue" role="status" title={all.acts[planned.act] ?? planned.act}><Consequences detail={planned.detail} /></Alert>}
    </section>
  );
}
