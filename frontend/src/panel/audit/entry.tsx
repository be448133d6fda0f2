/** One entry of the trail in full: who, when, from where, by which call, and what exactly changed. */
import { Button, Drawer, Group } from "@mantine/core";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import type { AuditEntry, RecordVersion } from "../generated/wire";
import { labelOf, messages, wordsOf } from "../messages";
import { Diff } from "../parts/diff";
import { Who } from "../parts/who";
import { actionName } from "../parts/words";
import { resourceNamed } from "../resources";
import { exactly } from "../ui/time";
import { words } from "./words";

interface Props {
  entry: AuditEntry | undefined;
  onClose: () => void;
  onFilter: (filter: Record<string, string>) => void;
}

export function EntryDrawer({ entry, onClose, onFilter }: Props) {
  return (
    <Drawer.Root opened={entry !== undefined} onClose={onClose} position="right" size={540}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.details}>
        {entry && (
          <>
            <div className="drawer-head">
              <div className="drawer-title">
                <span className="quiet">{wordsOf(entry.resource).one}</span>
                <Drawer.Title>{actionName(entry.action)}</Drawer.Title>
              </div>
              <Drawer.CloseButton aria-label={messages.app.close} />
            </div>
            <Drawer.Body className="drawer-body stack">
              <Facts entry={entry} />
              <Ways entry={entry} onFilter={onFilter} />
              <Content entry={entry} />
            </Drawer.Body>
          </>
        )}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Facts({ entry }: { entry: AuditEntry }) {
  const { facts } = words;
  return (
    <dl className="pairs">
      <dt>{facts.at}</dt><dd>{exactly(entry.at)}</dd>
      <dt>{facts.actor}</dt><dd><Who actor={entry.actor} link /></dd>
      {entry.recordId !== null && <><dt>{facts.record}</dt><dd className="mono">{entry.recordId}</dd></>}
      {entry.address !== null && <><dt>{facts.address}</dt><dd className="mono">{entry.address}</dd></>}
      {entry.requestId !== null && <><dt>{facts.requestId}</dt><dd className="mono">{entry.requestId}</dd></>}
      {entry.mutationId !== null && <><dt>{facts.mutationId}</dt><dd className="mono">{entry.mutationId}</dd></>}
      {entry.version !== null && <><dt>{facts.version}</dt><dd>{entry.version}</dd></>}
      <dt>{facts.id}</dt><dd>{entry.id}</dd>
      <dt>{facts.seal}</dt><dd>{entry.seal ?? words.noSeal}</dd>
    </dl>
  );
}

function Ways({ entry: { resource, recordId, requestId }, onFilter }: { entry: AuditEntry; onFilter: Props["onFilter"] }) {
  return (
    <Group gap="xs">
      {recordId !== null && resourceNamed(resource) && <Button component={Link} href={`/records/${resource}?record=${encodeURIComponent(recordId)}`} size="xs" variant="default">{words.record}</Button>}
      {recordId !== null && <Button size="xs" variant="default" onClick={() => onFilter({ resource, recordId })}>{words.history}</Button>}
      {requestId !== null && <Button size="xs" variant="default" onClick={() => onFilter({ search: requestId })}>{words.same}</Button>}
    </Group>
  );
}

function Content({ entry }: { entry: AuditEntry }) {
  return (
    <>
      {entry.compacted && <p className="quiet">{words.notKept}</p>}
      {entry.secrets.length > 0 && <p className="quiet">{words.secrets(entry.secrets)}</p>}
      {entry.version !== null && entry.recordId !== null && resourceNamed(entry.resource) && <Changed entry={entry} />}
      {entry.detail !== null && entry.detail !== undefined && <section aria-label={words.detail}><h3>{words.detail}</h3><pre className="json" tabIndex={0}>{JSON.stringify(entry.detail, null, 2)}</pre></section>}
    </>
  );
}

/** The trail names fields; what they held stands in the record's history. */
function Changed({ entry }: { entry: AuditEntry }) {
  const { data, error } = useRealtimeData<RecordVersion[]>(`/api/admin/${entry.resource}/${encodeURIComponent(entry.recordId ?? "")}/history?page=1&limit=500`);
  const version = data?.find(({ changeId }) => changeId === entry.id);
  if (error !== null || (data && !version)) return <p className="quiet">{entry.fields.map(labelOf).join(", ")}</p>;
  if (!version || version.changes.length === 0) return null;
  return (
    <section aria-label={words.diff}>
      <h3>{entry.action === "created" ? words.created : words.diff}</h3>
      <Diff changes={version.changes} />
    </section>
  );
}
