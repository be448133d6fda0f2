/** What points at this record: how many of each kind, as a way to them. */
import { Link } from "wouter";
import { useRealtimeMultipleData } from "../../realtime";
import { formatNumber, labelOf, wordsOf } from "../messages";
import { relationsTo, type Resource } from "../resources";
import { listAddress, escaped } from "../table/url";
import { Icon } from "../ui/icons";
import { words } from "./words";

export function Related({ resource, id }: { resource: Resource; id: string }) {
  const relations = relationsTo(resource.name);
  const endpoints = relations.map(({ resource: other, field }) => [`${other.name}.${field.name}`, `/api/admin/${other.name}?${new URLSearchParams({ [field.name]: escaped(id), page: "1", limit: "1" })}`]);
  const found = useRealtimeMultipleData<string>(Object.fromEntries(endpoints) as Record<string, string>);
  if (relations.length === 0) return null;
  const some = relations.filter(({ resource: other, field }) => (found[`${other.name}.${field.name}`]?.meta.total ?? 0) > 0);
  return (
    <section className="group" aria-label={words.related}>
      <h2>{words.related}</h2>
      <ul className="related">
        {some.map(({ resource: other, field }) => {
          const total = found[`${other.name}.${field.name}`]?.meta.total ?? 0;
          return (
            <li key={`${other.name}.${field.name}`}>
              <Link href={listAddress(other.name, { [field.name]: escaped(id) })}>
                <Icon name={other.icon} size={16} /> {formatNumber(total)} {total === 1 ? wordsOf(other.name).one : wordsOf(other.name).many}
              </Link>
              <span className="quiet">{words.via(labelOf(field.name))}</span>
            </li>
          );
        })}
        {some.length === 0 && <li className="quiet">{words.noRelated}</li>}
      </ul>
    </section>
  );
}
