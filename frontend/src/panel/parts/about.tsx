/** What something was done to: a record by its name where it is there, by its id where it is not. */
import { Link } from "wouter";
import { wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { keyOf, type Subject, type Titles } from "./titles";

export function About({ subject, titles }: { subject: Subject; titles: Titles }) {
  const { resource, recordId } = subject;
  if (!recordId) return <>{wordsOf(resource).title}</>;
  const title = titles.get(keyOf(subject));
  const kind = resourceNamed(resource) ? wordsOf(resource).one : resource;
  return (
    <span className="subject">
      {resourceNamed(resource) ? <Link href={`/records/${resource}?record=${encodeURIComponent(recordId)}`} title={recordId}>{title ?? kind}</Link> : kind}
      {title === undefined ? <span className="quiet mono">{recordId}</span> : <span className="quiet">{kind}</span>}
    </span>
  );
}

/** The way to a record's page, by its name where that is known. */
export function RecordLink({ resource, id, title }: { resource: string; id: string; title: string | undefined }) {
  return <Link href={`/records/${resource}/${encodeURIComponent(id)}`}>{title ?? <span className="mono">{id}</span>}</Link>;
}
