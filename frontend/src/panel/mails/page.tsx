/** The outbox: what was to be sent, to whom, what became of it, and another try. */
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "wouter";
import { useRealtime, useRealtimeMultipleData } from "../../realtime";
import type { MailItem } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { formatNumber, wordsOf } from "../messages";
import { Confirm } from "../parts/confirm";
import { MailPreview } from "../parts/mail";
import { address, pageOf, useAddress } from "../parts/params";
import "../parts/parts.css";
import { useAct, useJson } from "../parts/send";
import { resourceNamed } from "../resources";
import { LIMIT } from "../table/url";
import { Badge, type Tone } from "../ui/badge";
import { ChoiceRow } from "../ui/choices";
import { Dialog } from "../ui/dialog";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { words } from "./words";

const { columns } = words;
const STATES = ["", "waiting", "sent", "failed", "uncertain", "expired"];
const TONES: Record<string, Tone> = { waiting: "info", claimed: "info", sending: "info", sent: "good", failed: "bad", uncertain: "warn", expired: "plain" };

const COLUMNS: ListColumn<MailItem>[] = [
  { label: columns.to, priority: 1, show: ({ to, template }) => <span className="subject">{to}<span className="quiet">{words.templates[template] ?? template}</span></span> },
  { label: columns.state, priority: 1, show: (mail) => <How mail={mail} /> },
  { label: columns.tries, priority: 3, show: ({ tries }) => words.tries(tries) },
  { label: columns.about, priority: 3, show: (mail) => <About mail={mail} /> },
  { label: columns.when, priority: 2, show: ({ sentAt, createdAt }) => <Time value={sentAt ?? createdAt} /> },
  { label: columns.act, priority: 1, show: (mail) => <span className="row-acts"><Preview mail={mail} /><Retry mail={mail} /></span> },
];

export default function MailsPage() {
  const [params, change] = useAddress(["state", "to", "page"]);
  const [typed, setTyped] = useState(params["to"] ?? "");
  const find = useDebouncedCallback((to: string) => change({ to }, true), 300);
  const page = pageOf(params["page"]);
  const counts = useRealtimeMultipleData(Object.fromEntries(STATES.map((state) => [state, address("/api/admin/mails", { state, page: 1, limit: 1 })])));
  const label = (state: string) => <>{state === "" ? words.all : words.states[state]} <span className="quiet">{counts[state]?.meta.total === undefined ? "" : formatNumber(counts[state].meta.total)}</span></>;
  return (
    <div className="page">
      <p className="quiet">{words.explain}</p>
      <div className="toolbar mails-bar">
        <div className="filter"><ChoiceRow chosen={params["state"] ?? ""}><SegmentedControl size="xs" value={params["state"] ?? ""} onChange={(state) => change({ state })} aria-label={words.state} data={STATES.map((value) => ({ value, label: label(value) }))} /></ChoiceRow></div>
        <TextInput size="xs" type="search" aria-label={words.to} placeholder={words.to} value={typed} onChange={(event) => (setTyped(event.currentTarget.value), find(event.currentTarget.value.trim()))} />
      </div>
      <List endpoint={address("/api/admin/mails", { state: params["state"], to: params["to"], page, limit: LIMIT })} caption={words.title} columns={COLUMNS} empty={{ icon: "mails", title: words.none, hint: words.noneHint }} page={page} limit={LIMIT} onPage={(number) => change({ page: String(number) })} follow={{ on: ["job", "change"], every: 10_000 }} />
    </div>
  );
}

function How({ mail: { state, error, dueAt, tries } }: { mail: MailItem }) {
  return (
    <span className="subject">
      <Badge tone={TONES[state] ?? "plain"}>{words.states[state] ?? state}</Badge>
      {state === "waiting" && tries > 0 && <span className="quiet">{words.next} <Time value={dueAt} /></span>}
      {words.means[state] && <span className="quiet">{words.means[state]}</span>}
      {error !== null && state !== "sent" && <span className="bad">{error}</span>}
    </span>
  );
}

function About({ mail: { resource, recordId } }: { mail: MailItem }) {
  if (!resource || !recordId || !resourceNamed(resource)) return null;
  return <Link href={`/records/${resource}?record=${encodeURIComponent(recordId)}`}>{wordsOf(resource).one}</Link>;
}

function Preview({ mail: { template, to } }: { mail: MailItem }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={words.previewOf(to)}>{words.preview}</Button>
      <Dialog opened={opened} onClose={close} title={words.templates[template] ?? template}>
        <div className="stack">
          <MailPreview template={template} to={to} values={{ link: "$link" }} />
          <p className="quiet">{words.previewHint}</p>
        </div>
      </Dialog>
    </>
  );
}

function Retry({ mail: { id, to, state } }: { mail: MailItem }) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const retry = async () => {
    await json("POST", `/api/admin/mails/${encodeURIComponent(id)}/retry`);
    toast(words.retried);
    realtime.store.refresh(["mails"]);
  };
  if (state === "failed") return <Button size="compact-sm" variant="default" loading={act.busy} onClick={() => void act.run(retry, true)} aria-label={words.retryOf(to)}>{words.retry}</Button>;
  if (state !== "uncertain") return null;
  return <Confirm size="compact-sm" label={words.retry} describe={words.retryOf(to)} title={words.uncertainTitle} confirm={words.retry} act={retry}><p>{words.uncertainText}</p></Confirm>;
}
