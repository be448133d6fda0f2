/** What has changed while this page was open: straight from the stream. */
import { useCallback, useState } from "react";
import { Link } from "wouter";
import { useMessages, type ChangeMessage, type Message } from "../../realtime";
import { formatNumber, messages, wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";

const KEPT = 12;
const TONES: Record<string, Tone> = { created: "good", restored: "good", updated: "info", deleted: "bad", quarantined: "warn", many: "plain" };

interface Entry {
  key: string;
  change: ChangeMessage;
}

export function Recent() {
  const [entries, setEntries] = useState<Entry[]>([]);
  const hear = useCallback((message: Message) => {
    if (message.type !== "change") return;
    const change = message as ChangeMessage;
    const key = `${change.resource}/${change.recordId ?? "many"}/${change.version ?? change.timestamp}/${change.action}`;
    setEntries((before) => [{ key, change }, ...before.filter((entry) => entry.key !== key)].slice(0, KEPT));
  }, []);
  useMessages(hear);
  return (
    <section className="card" aria-labelledby="recent">
      <h2 id="recent">{messages.overview.recent}</h2>
      {entries.length === 0 && <p className="quiet">{messages.overview.noRecent}</p>}
      <ol className="recent">
        {entries.map(({ key, change }) => (
          <Line key={key} change={change} />
        ))}
      </ol>
    </section>
  );
}

function nameOf({ resource, recordId, patch, count }: ChangeMessage): string {
  if (count !== undefined) return formatNumber(count);
  const named = patch && recordId ? resourceNamed(resource)?.title({ ...patch, id: recordId, version: 0 }) : undefined;
  return named ?? recordId ?? messages.overview.unnamed;
}

function Line({ change }: { change: ChangeMessage }) {
  const { resource, recordId, action } = change;
  const gone = recordId === undefined || action === "deleted" || action === "quarantined";
  const address = `/records/${resource}${gone ? "" : `?record=${encodeURIComponent(recordId)}`}`;
  return (
    <li>
      <Badge tone={TONES[action] ?? "plain"}>{messages.actions[action] ?? action}</Badge>
      <Link href={address} className="recent-name">{nameOf(change)}</Link>
      <span className="quiet recent-kind">{wordsOf(resource).one}</span>
      <span className="quiet recent-time"><Time value={change.committedAt ?? change.timestamp} /></span>
    </li>
  );
}
