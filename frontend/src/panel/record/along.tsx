/** What a deletion would take along, and what would lose its reference: the server says it before anybody deletes. */
import type { Deletion, Touched } from "../generated/wire";
import { labelOf, wordsOf } from "../messages";
import { useFollowed } from "../parts/follow";
import type { Resource } from "../resources";
import { words } from "./words";

export function GoesAlong({ resource, id }: { resource: Resource; id: string }) {
  const { data, error } = useFollowed<Deletion>(`/api/admin/${resource.name}/${encodeURIComponent(id)}/deletion`, { on: ["change"] });
  if (!data) return <p className="quiet">{error ?? words.counting}</p>;
  return (
    <div className="along">
      {data.along.length > 0 ? <p>{words.along}</p> : <p className="quiet">{words.alone}</p>}
      <Counted touched={data.along} />
      {data.emptied.length > 0 && <p>{words.emptied}</p>}
      <Counted touched={data.emptied} />
    </div>
  );
}

function Counted({ touched }: { touched: Touched[] }) {
  if (touched.length === 0) return null;
  return (
    <ul>
      {touched.map(({ resource, field, count }) => (
        <li key={`${resource} ${field}`}>{words.alongFrom(count, wordsOf(resource).one, wordsOf(resource).many)} <span className="quiet">{words.via(labelOf(field))}</span></li>
      ))}
    </ul>
  );
}
