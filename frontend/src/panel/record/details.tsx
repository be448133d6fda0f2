/** Every field of a record, in the groups its resource declares. */
import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { useRealtimeData, type Rec } from "../../realtime";
import { WaitsMark } from "../edits/mark";
import { useWaitingFields } from "../edits/use-edits";
import { labelOf, messages } from "../messages";
import { RecordLink } from "../parts/about";
import { resourceNamed, type Field, type Resource } from "../resources";
import { Value } from "../ui/badge";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";

const words = messages.record;
const WEB = /^https?:\/\//i;

interface Props {
  resource: Resource;
  record: Rec;
  /** Fields to point out. */
  marked?: ReadonlySet<string>;
}

export function Details({ resource, record, marked }: Props) {
  const waits = useWaitingFields(resource.name, record.id);
  return (
    <>
      {resource.sections.map(({ name, fields }) => (
        <section key={name} className="group" aria-label={words.sections[name]}>
          <h2>{words.sections[name]}</h2>
          <dl>
            {fields.map((field) => (
              <div key={field.name} className="group-row" data-wide={field.kind === "long" || field.kind === "json"} data-marked={marked?.has(field.name) || undefined}>
                <dt>{labelOf(field.name)}</dt>
                <dd><Shown field={field} record={record} />{waits.has(field.name) && <WaitsMark />}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function Shown({ field, record }: { field: Field; record: Rec }) {
  const value = record[field.name];
  if (field.kind === "reference") return <Reference field={field} record={record} />;
  if (value === null || value === undefined || value === "") return <span className="quiet">{messages.app.none}</span>;
  if (field.kind === "flag") return <>{value ? messages.app.yes : messages.app.no}</>;
  if (field.kind === "time") return <Time value={String(value)} />;
  if (field.kind === "choice") return <Value value={String(value)} />;
  if (field.kind === "json") return <pre className="json" tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>;
  if (field.kind === "email") return <a href={`mailto:${String(value)}`}>{String(value)}</a>;
  if (field.kind === "url") return <Web address={String(value)} />;
  if (field.name === "id") return <Id id={String(value)} />;
  return <>{String(value)}</>;
}

/** Only web addresses become links: what people typed into a record may be anything. */
function Web({ address }: { address: string }) {
  if (!WEB.test(address)) return <>{address}</>;
  return <a href={address} target="_blank" rel="noopener noreferrer">{address}</a>;
}

function Id({ id }: { id: string }) {
  return (
    <span className="id">
      <span className="mono">{id}</span>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? words.copied : words.copyId}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={words.copyId}>
              <Icon name={copied ? "check" : "copy"} size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}

function Reference({ field, record }: { field: Field; record: Rec }) {
  const id = record[field.name];
  const former = field.ref === undefined ? undefined : record[field.ref];
  if (typeof id !== "string") {
    const named = typeof former === "string" && former !== "";
    return <span className={named ? "missing" : "quiet"}>{named ? `${words.missing}, ${words.formerly(former)}` : messages.app.none}</span>;
  }
  return <Referred resource={field.target!} id={id} />;
}

function Referred({ resource, id }: { resource: string; id: string }) {
  const { data } = useRealtimeData<Rec>(`/api/admin/${resource}/${encodeURIComponent(id)}`);
  const title = data ? resourceNamed(resource)?.title(data) : undefined;
  return <RecordLink resource={resource} id={id} title={title} />;
}
