/** Sending an edit from the panel: done, or waiting where the server is out of reach. */
import type { Realtime, Rec } from "../../realtime";
import type { Resource } from "../resources";
import type { Note } from "./refused";

/** Gives the record as it then stands, or "waits" as soon as it waits: what becomes of it then is told by `tell`. */
export function submit(realtime: Realtime, resource: Resource, from: Rec, fields: Record<string, unknown>): Promise<Rec | "waits"> {
  const before = Object.fromEntries(Object.keys(fields).map((name) => [name, from[name]]));
  const note: Note = { title: resource.title(from), before };
  return new Promise((done, failed) => {
    const edit = { resource: resource.name, id: from.id, fields, version: from.version, merge: true, note, onWait: () => done("waits") };
    realtime.mutate(edit).then(done, failed);
  });
}
