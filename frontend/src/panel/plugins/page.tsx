/** The rules by the distribution that brings them: health, mode, grace, interval, and each rule's own settings. */
import { Alert, Button, Group, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useRealtime, useRealtimeData } from "../../realtime";
import { messages } from "../messages";
import "../parts/parts.css";
import { useAct, useJson } from "../parts/send";
import type { Check } from "../types";
import { Badge } from "../ui/badge";
import { Dialog } from "../ui/dialog";
import { Empty, Failed } from "../ui/states";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { Configure } from "./configure";
import "./plugins.css";
import { words } from "./words";

const { columns } = words;

export default function PluginsPage() {
  const { data, error, refresh } = useRealtimeData<Check[]>("/api/admin/integrity/checks?page=1&limit=500");
  const [opened, setOpened] = useState<string>();
  const names = [...new Set((data ?? []).map(({ origin }) => origin.distribution))].sort();
  const check = data?.find(({ id }) => id === opened);
  if (error !== null && !data) return <Failed message={error} retry={() => void refresh()} />;
  return (
    <div className="page">
      <p className="quiet">{words.explain}</p>
      {data === undefined && <p className="state quiet">{messages.app.loading}</p>}
      {data?.length === 0 && <Empty icon="plugins" title={words.none} hint={words.noneHint} />}
      {names.map((name) => <Distribution key={name} name={name} checks={(data ?? []).filter(({ origin }) => origin.distribution === name)} configure={setOpened} />)}
      {check && <Configure key={check.id} check={check} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function Distribution({ name, checks, configure }: { name: string; checks: Check[]; configure: (id: string) => void }) {
  const broken = checks.filter(({ health, mode }) => health === "broken" && mode !== "off").length;
  const versions = [...new Set(checks.map(({ origin }) => origin.version))];
  return (
    <section className="sheet plugin" aria-label={name}>
      <div className="card-head plugin-head">
        <h2>{name}</h2>
        <span className="quiet">{versions.map(words.version).join(", ")} · {words.rules(checks.length)}</span>
        <Badge tone={broken > 0 ? "bad" : "good"}>{broken > 0 ? words.broken(broken) : words.allWell}</Badge>
      </div>
      <div className="scroll" tabIndex={0} role="group" aria-label={name}>
        <table className="table table-plain">
          <caption className="hidden">{name}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.rule}</th><th scope="col">{columns.mode}</th><th scope="col" data-priority={2}>{columns.health}</th>
              <th scope="col" data-priority={3}>{columns.grace}</th><th scope="col" data-priority={3}>{columns.interval}</th><th scope="col" data-priority={3}>{columns.lastRun}</th><th scope="col">{columns.act}</th>
            </tr>
          </thead>
          <tbody>{checks.map((check) => <Rule key={check.id} check={check} configure={() => configure(check.id)} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Rule({ check, configure }: { check: Check; configure: () => void }) {
  const { id, title, health, healthDetail, grace, interval, lastRun, promotedVersion } = check;
  return (
    <tr>
      <td><span className="subject">{title}<span className="quiet mono">{id}</span></span></td>
      <td><Mode check={check} />{promotedVersion !== null && <span className="quiet plugin-promoted">{words.promoted(promotedVersion)}</span>}</td>
      <td data-priority={2}><span className="subject"><Badge tone={health === "ok" ? "good" : "bad"}>{messages.health.conditions[health] ?? health}</Badge>{healthDetail !== null && <span className="bad">{healthDetail}</span>}</span></td>
      <td data-priority={3}>{grace}</td>
      <td data-priority={3}>{interval ?? words.everySweep}</td>
      <td data-priority={3}><Time value={lastRun} /></td>
      <td><Button size="compact-sm" variant="default" aria-label={words.configureOf(title)} onClick={configure}>{words.configure}</Button></td>
    </tr>
  );
}

/** Observe, act or off. What has weight is asked about first. */
function Mode({ check }: { check: Check }) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const [asked, setAsked] = useState<Check["mode"]>();
  const { id, title, mode, remedy, origin } = check;
  const set = async (next: Check["mode"]) => {
    const went = await act.run(async () => {
      await json("PATCH", `/api/admin/integrity/checks/${encodeURIComponent(id)}`, { mode: next });
      realtime.store.refresh(["integrity"]);
    }, next === "observe");
    if (went) (setAsked(undefined), toast(words.changed(title, words.modes[next] ?? next)));
  };
  const choose = (next: string) => (next === "observe" ? void set(next) : (act.forget(), setAsked(next as Check["mode"])));
  const promoting = asked === "act";
  return (
    <>
      <SegmentedControl size="xs" value={mode} onChange={choose} aria-label={words.mode(title)} data={["observe", "act", "off"].map((value) => ({ value, label: words.modes[value] }))} />
      <Dialog opened={asked !== undefined} onClose={() => setAsked(undefined)} title={promoting ? words.promoteTitle : words.offTitle}>
        <p>{promoting ? words.promoteText(title, words.remedies[remedy] ?? remedy, origin.version) : words.offText(title)}</p>
        {promoting && remedy === "report" && <p className="quiet">{words.reportOnly}</p>}
        {act.error !== null && <Alert color="red" role="alert" mt="sm">{act.error}</Alert>}
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setAsked(undefined)} data-autofocus>{messages.app.cancel}</Button>
          <Button loading={act.busy} onClick={() => asked && void set(asked)}>{promoting ? words.promote : words.switchOff}</Button>
        </Group>
      </Dialog>
    </>
  );
}
