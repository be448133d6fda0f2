/** What a deletion would take along, and what would lose its reference: shown before anybody deletes. */
import { useRealtimeData, type Rec } from "../../realtime";
import { useRealtimeMultipleData } from "../../realtime";
import { labelOf, wordsOf } from "../messages";
import { relationsTo, type Relation, type Resource } from "../resources";
import { escaped } from "../table/url";
import { words } from "./words";

/** Through these a record belongs to another: it goes along. Every other reference is emptied. */
const OWNED = new Set(["businesses.adminId", "professionals.adminId", "inquiries.businessId", "inquiries.professionalId"]);
const MOST = 500;

const nameOf = ({ resource, field }: Relation) => `${resource.name}.${field.name}`;

function endpoint({ resource, field }: Relation, ids: string[], limit: number): string {
  return `/api/admin/${resource.name}?${new URLSearchParams({ [field.name]: ids.map(escaped).join(","), page: "1", limit: String(limit) })}`;
}

export function GoesAlong({ resource, id }: { resource: Resource; id: string }) {
  const relations = relationsTo(resource.name);
  const owned = relations.filter((relation) => OWNED.has(nameOf(relation)));
  const counts = useRealtimeMultipleData<string>(Object.fromEntries(relations.map((relation) => [nameOf(relation), endpoint(relation, [id], 1)])));
  const children = owned.filter((relation) => (counts[nameOf(relation)]?.meta.total ?? 0) > 0);
  if (relations.some((relation) => counts[nameOf(relation)]?.loading)) return <p className="quiet">{words.counting}</p>;
  const loose = relations.filter((relation) => !OWNED.has(nameOf(relation)) && (counts[nameOf(relation)]?.meta.total ?? 0) > 0);
  return (
    <div className="along">
      {children.length > 0 && <p>{words.along}</p>}
      {children.map((relation) => <Children key={nameOf(relation)} relation={relation} id={id} total={counts[nameOf(relation)]?.meta.total ?? 0} />)}
      {children.length === 0 && <p className="quiet">{words.alone}</p>}
      {loose.length > 0 && <p>{words.emptied}</p>}
      <ul>{loose.map((relation) => <Counted key={nameOf(relation)} relation={relation} total={counts[nameOf(relation)]?.meta.total ?? 0} />)}</ul>
    </div>
  );
}

function Counted({ relation: { resource, field }, total }: { relation: Relation; total: number }) {
  const { one, many } = wordsOf(resource.name);
  return <li>{words.alongFrom(total, one, many)} <span className="quiet">{words.via(labelOf(field.name))}</span></li>;
}

/** One level down: a user's business takes its inquiries along, too. */
function Children({ relation, id, total }: { relation: Relation; id: string; total: number }) {
  const further = relationsTo(relation.resource.name).filter((each) => OWNED.has(nameOf(each)));
  const { data } = useRealtimeData<Rec[]>(endpoint(relation, [id], MOST), { enabled: further.length > 0 });
  const ids = (data ?? []).map((record) => record.id).slice(0, 90);
  return (
    <ul>
      <Counted relation={relation} total={total} />
      {ids.length > 0 && further.map((each) => <Further key={nameOf(each)} relation={each} ids={ids} />)}
    </ul>
  );
}

function Further({ relation, ids }: { relation: Relation; ids: string[] }) {
  const { meta } = useRealtimeData<Rec[]>(endpoint(relation, ids, 1));
  return meta.total ? <Counted relation={relation} total={meta.total} /> : null;
}
