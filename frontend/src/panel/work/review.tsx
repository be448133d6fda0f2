/** Deciding about an application: who has it, what it says, what approving would make, and each step there is. */
import { Alert, Button, Group, NativeSelect } from "@mantine/core";
import { useCallback, useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import { Confirm } from "../parts/confirm";
import { History } from "../parts/history";
import { MailPreview } from "../parts/mail";
import { useAct, useJson } from "../parts/send";
import { Person } from "../parts/who";
import { Others } from "../record/others";
import type { User } from "../types";
import { Value } from "../ui/badge";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { useUnsaved } from "../ui/unsaved";
import { Application } from "./application";
import { bodyOf, type Overrides } from "./fields";
import { useKeys } from "./keys";
import { Outcome } from "./outcome";
import { stateName, type Queue } from "./queues";
import { Reject } from "./reject";
import { words } from "./words";

interface Props {
  queue: Queue;
  record: Rec;
  me: string | undefined;
  /** It was decided here: on to the next. */
  done: () => void;
}

const REVERSIBLE: Record<string, string[]> = { registrations: ["REJECTED", "COMPLETED"], listings: ["APPROVED", "REJECTED", "COMPLETED"] };
const OPEN = ["PENDING", "UNDER_REVIEW"];

export function Review({ queue, record, me, done }: Props) {
  const registration = queue.name === "registrations";
  const [overrides, setOverrides] = useState<Overrides>({});
  const [rejecting, setRejecting] = useState(false);
  const edited = Object.keys(overrides).length > 0;
  const release = useUnsaved(edited);
  const step = useStep(queue, record);
  const name = queue.title(record);
  const state = String(record["status"]);
  const decidable = OPEN.includes(state) || (registration && state === "APPROVED");
  const decide = async (verb: string, body: unknown, said: string) => {
    if (!(await step.take(verb, body))) return;
    release();
    toast(said);
    done();
  };
  const approve = () => decidable && void decide("approve", registration ? bodyOf(record, overrides) : undefined, words.approved(name));
  useKeys({ t: () => OPEN.includes(state) && void step.take("review"), a: approve, r: () => (decidable || state === "APPROVED") && setRejecting(true) });
  return (
    <>
      <Head queue={queue} record={record} name={name} />
      <Others resource={queue.resource} id={record.id} doing={edited || rejecting ? "editing" : "looking"} />
      <Hands queue={queue} record={record} me={me} step={step} />
      {step.error !== null && <Refused error={step.error} lost={step.lost} state={step.code === "state" ? state : undefined} />}
      <Group gap="xs" className="work-acts">
        {decidable && <Button loading={step.busy} onClick={approve}>{registration ? words.approve : words.approveListing}</Button>}
        {!registration && state === "APPROVED" && <Button loading={step.busy} onClick={() => void decide("complete", undefined, words.completed(name))}>{words.complete}</Button>}
        {(decidable || state === "APPROVED") && <Button variant="default" className="danger" onClick={() => setRejecting(true)}>{words.reject}</Button>}
        {REVERSIBLE[queue.name]?.includes(state) && (
          <Confirm label={words.reopen} title={words.reopenTitle} confirm={words.reopen} act={async () => void ((await step.force("reopen")), toast(words.reopened(name)))}>
            <p>{words.reopenText}</p>
          </Confirm>
        )}
      </Group>
      <div className="two">
        <Application queue={queue} record={record} />
        {registration ? <Outcome application={record} open={decidable} overrides={overrides} wrong={step.wrong} onChange={setOverrides} /> : <p className="quiet">{words.approvedMeans}</p>}
      </div>
      {decidable && <MailOut queue={queue} record={record} overrides={overrides} />}
      <details className="work-more">
        <summary>{words.history}</summary>
        <History resource={queue.resource} id={record.id} />
      </details>
      <Reject opened={rejecting} name={name} to={String(record["email"])} greeting={String(record["contactName"] ?? record["name"])} current={record} onClose={() => setRejecting(false)} send={(reason) => step.force("reject", { reason })} onDone={() => (release(), setRejecting(false), toast(words.rejected(name)), done())} />
    </>
  );
}

/** The steps of a review. `take` keeps a refusal on the page; `force` leaves it to whoever asked. */
function useStep(queue: Queue, record: Rec) {
  const json = useJson();
  const act = useAct();
  const force = useCallback((verb: string, body?: unknown) => json("POST", `/api/admin/${queue.resource}/${encodeURIComponent(record.id)}/${verb}`, body), [json, queue.resource, record.id]);
  const take = (verb: string, body?: unknown) => act.run(() => force(verb, body));
  return { ...act, force, take };
}

type Step = ReturnType<typeof useStep>;

export function Refused({ error, lost, state }: { error: string; lost: boolean; state: string | undefined }) {
  return (
    <Alert color="yellow" role="alert" title={lost ? words.unknown : words.overtaken}>
      <p>{lost ? words.unknownHint : error}</p>
      {state !== undefined && <p>{words.overtakenHint} <Value value={state} /></p>}
    </Alert>
  );
}

function Head({ queue, record, name }: { queue: Queue; record: Rec; name: string }) {
  const by = record["reviewedBy"];
  const state = String(record["status"]);
  return (
    <div className="work-head">
      <h2>{name}</h2>
      <Value value={state} />
      {queue.name === "registrations" && <Value value={String(record["type"])} />}
      <span className="quiet">{words.received} <Time value={String(record["createdAt"])} /></span>
      {!OPEN.includes(state) && typeof by === "string" && <span className="quiet">{stateName(state)} {words.by} <Person id={by} />, <Time value={record["reviewedAt"] as string | null} /></span>}
    </div>
  );
}

function Hands({ queue, record, me, step }: { queue: Queue; record: Rec; me: string | undefined; step: Step }) {
  const { data } = useRealtimeData<User[]>("/api/admin/users?role=SUPER_ADMIN&isActive=true&sort=email&page=1&limit=100");
  const holder = String(record[queue.who ?? ""] ?? "");
  if (!OPEN.includes(String(record["status"]))) return null;
  const people = (data ?? []).map(({ id, email, name }) => ({ value: id, label: name ? `${name} (${email})` : email }));
  const unlisted = holder && !people.some(({ value }) => value === holder) ? [{ value: holder, label: holder }] : [];
  const give = async (reviewer: string) => reviewer && (await step.take("assign", { reviewer })) && toast(words.assigned);
  const take = async () => (await step.take("review")) && toast(words.taken);
  return (
    <div className="work-hands">
      <NativeSelect size="xs" label={words.hands} value={holder} disabled={step.busy} onChange={(event) => void give(event.currentTarget.value)} data={[...(holder ? [] : [{ value: "", label: words.nobody }]), ...unlisted, ...people]} />
      {holder !== me && <Button size="xs" variant="default" disabled={step.busy} onClick={() => void take()}>{words.take}</Button>}
    </div>
  );
}

function MailOut({ queue, record, overrides }: { queue: Queue; record: Rec; overrides: Overrides }) {
  const registration = queue.name === "registrations";
  const said = (name: string) => String(overrides[name] ?? record[name] ?? "");
  const values = { name: registration ? said("name") : said("contactName"), subject: said("businessName") };
  return (
    <details className="work-more">
      <summary>{words.preview}</summary>
      <MailPreview template={registration ? "set-password" : "approved"} to={said("email")} values={values} />
    </details>
  );
}
