/** A record on a page of its own, which can be linked to; `new` is the form of a creation. */
import { useRef } from "react";
import { Link, useLocation } from "wouter";
import { useRealtimeData, type Rec } from "../../realtime";
import { wordsOf } from "../messages";
import type { Resource } from "../resources";
import { RecordContent } from "./content";
import { CreateRecord } from "./create";
import "./record.css";
import { words } from "./words";

export default function RecordPage({ resource, id }: { resource: Resource; id: string }) {
  return id === "new" ? <CreateRecord resource={resource} /> : <One key={id} resource={resource} id={id} />;
}

function One({ resource, id }: { resource: Resource; id: string }) {
  const live = useRealtimeData<Rec>(`/api/admin/${resource.name}/${encodeURIComponent(id)}`);
  const [, go] = useLocation();
  const title = useRef<string>(undefined); // that of a record that is gone, too
  if (live.data) title.current = resource.title(live.data);
  const list = `/records/${resource.name}`;
  return (
    <div className="page record-page">
      <p className="crumbs"><Link href={list}>{words.back(wordsOf(resource.name).many)}</Link></p>
      <section className="card record-card">
        <h2 className="record-title">{title.current ?? <span className="mono">{id}</span>}</h2>
        <RecordContent resource={resource} id={id} live={live} onGone={() => go(list)} />
      </section>
    </div>
  );
}
