/** What has changed since this tab was opened: straight from the stream. */
import { Link } from "wouter";
import type { ChangeMessage } from "../../realtime";
import { formatNumber, messages, wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { useRecent } from "./history";

const TONES: Record<string, Tone> = { created: "good", restored: "good", updated: "info", deleted: "bad", quarantined: "warn", purged: "bad", many: "plain" };

export function Recent() {
  const entries = useRecent();
  return (
    <section className="card" aria-labelledby="recent">
      <h2 id="recent">{messages.overview.recent}</h2>
      {entries.length === 0 && (
        <div className="recent-none">
          <p className="quiet">{messages.overview.noRecent}</p>
          <Link href="/audit">{messages.overview.before}</Link>
        </div>
      )}
      <ol className="recent">
        {entries.map(({ key, change, name }) => (
          <Line key={key} change={change} name={name} />
        ))}
      </ol>
    </section>
  );
}

function nameOf({ resource, recordId, patch, count }: ChangeMessage, told: string | undefined): string {
  if (count !== undefined) return formatNumber(count);
  const declared = resourceNamed(resource);
  const named = patch && recordId && declared ? declared.title({ ...patch, id: "", version: 0 }) : "";
  return named || (told ?? recordId ?? messages.overview.unnamed);
}

function Line({ change, name }: { change: ChangeMessage; name: string | undefined }) {
  const { resource, recordId, action } = change;
  const gone = recordId === undefined || ["deleted", "quarantined", "purged"].includes(action);
  const address = `/records/${resource}${gone ? "" : `?record=${encodeURIComponent(recordId)}`}`;
  return (
    <li>
      <Badge tone={TONES[action] ?? "plain"}>{messages.actions[action] ?? action}</Badge>
      <Link href={address} className="recent-name">{nameOf(change, name)}</Link>
      <span className="quiet recent-kind">{wordsOf(resource).one}</span>
      <span className="quiet recent-time"><Time value={change.committedAt ?? change.timestamp} /></span>
    </li>
  );
}
