/** What an applicant wrote, as they wrote it. */
import { Link } from "wouter";
import type { Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import type { Queue } from "./queues";
import { words } from "./words";

const FIELDS: Record<string, string[]> = {
  registrations: ["email", "name", "firstName", "lastName", "businessName", "businessDescription", "profession", "professionalHeadline", "aboutMe", "phone", "website", "address", "location", "gstNumber", "categoryRef", "termsAccepted", "adminNotes"],
  listings: ["contactName", "email", "phone", "businessName", "businessDescription", "inquiryType", "requirements", "notes"],
};

export function Application({ queue, record }: { queue: Queue; record: Rec }) {
  const given = (FIELDS[queue.name] ?? []).filter((name) => record[name] !== null && record[name] !== "" && record[name] !== undefined);
  return (
    <section aria-label={queue.name === "listings" ? words.request : words.application}>
      <h3>{queue.name === "listings" ? words.request : words.application}</h3>
      <dl className="pairs">
        {given.map((name) => [<dt key={`${name}-label`}>{name === "categoryRef" ? labelOf("categoryId") : labelOf(name)}</dt>, <dd key={name}><Said name={name} value={record[name]} /></dd>])}
      </dl>
      <p className="work-record"><Link href={`/records/${queue.resource}?record=${encodeURIComponent(record.id)}`}>{messages.record.details}</Link></p>
    </section>
  );
}

function Said({ name, value }: { name: string; value: unknown }) {
  if (typeof value === "boolean") return <>{value ? messages.app.yes : messages.app.no}</>;
  if (name === "email") return <a href={`mailto:${String(value)}`}>{String(value)}</a>;
  return <>{String(value)}</>;
}
