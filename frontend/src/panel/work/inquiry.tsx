/** An inquiry: what was asked, of whom, its status, and how that went so far. */
import { Alert, Button, Group } from "@mantine/core";
import { Link } from "wouter";
import { useRealtimeData, type RealtimeData, type Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import { History } from "../parts/history";
import { useAct } from "../parts/send";
import { Others } from "../record/others";
import { resourceNamed } from "../resources";
import { Value } from "../ui/badge";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { useKeys } from "./keys";
import { QUEUES, stateName } from "./queues";
import { words } from "./words";

export function Inquiry({ record, live }: { record: Rec; live: RealtimeData<Rec> }) {
  const act = useAct();
  const state = String(record["status"]);
  const name = QUEUES.inquiries.title(record);
  const mark = async (status: string) => {
    if (status !== state && (await act.run(() => live.mutate({ id: record.id, fields: { status }, version: record.version, wait: false })))) toast(words.marked(name, stateName(status)));
  };
  useKeys({ r: () => void mark("REPLIED"), c: () => void mark("CLOSED") });
  return (
    <>
      <div className="work-head">
        <h2>{name}</h2>
        <Value value={state} />
        <span className="quiet">{words.received} <Time value={String(record["createdAt"])} /></span>
      </div>
      <Others resource="inquiries" id={record.id} doing="looking" />
      {act.error !== null && <Alert color="yellow" role="alert" title={act.code === "unsure" ? words.unknown : words.overtaken}>{act.error}</Alert>}
      <Group gap="xs" className="work-acts">
        <Button component="a" href={`mailto:${encodeURIComponent(String(record["email"]))}`}>{words.reply}</Button>
        {QUEUES.inquiries.states.filter((each) => each !== state).map((each) => (
          <Button key={each} variant="default" disabled={act.busy} onClick={() => void mark(each)}>{words.mark[each]}</Button>
        ))}
      </Group>
      <blockquote className="work-message">{String(record["message"] ?? "")}</blockquote>
      <dl className="pairs">
        <dt>{labelOf("email")}</dt><dd>{String(record["email"])}</dd>
        {typeof record["phone"] === "string" && <><dt>{labelOf("phone")}</dt><dd>{record["phone"]}</dd></>}
        <dt>{words.addressee}</dt><dd><Addressee record={record} /></dd>
      </dl>
      <h3>{words.history}</h3>
      <History resource="inquiries" id={record.id} only={["status"]} />
    </>
  );
}

function Addressee({ record }: { record: Rec }) {
  const professional = typeof (record["professionalId"] ?? record["professionalRef"]) === "string";
  const id = record[professional ? "professionalId" : "businessId"];
  const former = record[professional ? "professionalRef" : "businessRef"];
  if (typeof id === "string") return <Named resource={professional ? "professionals" : "businesses"} id={id} />;
  return <span className="missing">{typeof former === "string" ? `${messages.record.missing}, ${messages.record.formerly(former)}` : messages.record.missing}</span>;
}

function Named({ resource, id }: { resource: string; id: string }) {
  const { data } = useRealtimeData<Rec>(`/api/admin/${resource}/${encodeURIComponent(id)}`);
  return <Link href={`/records/${resource}?record=${encodeURIComponent(id)}`}>{(data && resourceNamed(resource)?.title(data)) ?? id}</Link>;
}
