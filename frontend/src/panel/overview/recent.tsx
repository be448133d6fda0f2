/** What has changed last: from the audit trail what was before, then straight from the stream. */
import { Skeleton } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "wouter";
import { useRealtime, type ChangeMessage } from "../../realtime";
import { formatNumber, messages, wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { Badge, type Tone } from "../ui/badge";
import { Time } from "../ui/time";
import { fill, useRecent } from "./history";

const TONES: Record<string, Tone> = { created: "good", restored: "good", updated: "info", deleted: "bad", quarantined: "warn", purged: "bad", many: "plain" };

export function Recent() {
  const realtime = useRealtime();
  const { entries, filled } = useRecent();
  useEffect(() => {
    if (filled === "no") void fill(realtime);
  }, [realtime, filled]);
  const isComing = filled === "no" || filled === "asked";
  return (
    <section className="card" aria-labelledby="recent" aria-busy={isComing}>
      <div className="card-head">
        <h2 id="recent">{messages.overview.recent}</h2>
        <span className="grow" />
        <Link href="/audit">{messages.overview.before}</Link>
      </div>
      {entries.length === 0 && isComing && <Coming />}
      {filled === "failed" && <p className="recent-none quiet" role="status">{messages.overview.recentFailed} <button type="button" className="link" onClick={() => void fill(realtime)}>{messages.app.retry}</button></p>}
      {entries.length === 0 && filled === "yes" && <p className="recent-none quiet">{messages.overview.noRecent}</p>}
      <ol className="recent">
        {entries.map(({ key, change, name }) => (
          <Line key={key} change={change} name={name} />
        ))}
      </ol>
    </section>
  );
}

function Coming() {
  return <div className="recent-none" aria-hidden="true">{[62, 78, 50, 70].map((width) => <Skeleton key={width} height={12} my={14} width={`${width}%`} radius="xl" />)}</div>;
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
