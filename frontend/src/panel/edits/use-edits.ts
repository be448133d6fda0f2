/** What waits and what was refused, as components see it. */
import { useCallback, useSyncExternalStore } from "react";
import { useRealtime, type Waiting } from "../../realtime";
import { current, watch, type Refused } from "./refused";

export function useWaiting(): readonly Waiting[] {
  const { edits } = useRealtime();
  return useSyncExternalStore(edits.watch, edits.waiting);
}

/** The fields of a record that an edit of ours waits for. */
export function useWaitingFields(resource: string, id: string): ReadonlySet<string> {
  const { edits } = useRealtime();
  const names = useCallback(() => namesOf(edits.waiting(), resource, id), [edits, resource, id]);
  const joined = useSyncExternalStore(edits.watch, names);
  return joined === "" ? NONE : new Set(joined.split(" "));
}

const NONE: ReadonlySet<string> = new Set();

function namesOf(waiting: readonly Waiting[], resource: string, id: string): string {
  const mine = waiting.flatMap(({ edit, calledOff }) => (!calledOff && "fields" in edit && edit.resource === resource && edit.id === id ? Object.keys(edit.fields) : []));
  return mine.join(" ");
}

export function useRefused() {
  return useSyncExternalStore(watch, current);
}

/** The refused edit of this record that is to be decided in its form. */
export function useDeciding(resource: string, id: string): Refused | undefined {
  const { deciding } = useRefused();
  return deciding?.resource === resource && deciding.id === id ? deciding : undefined;
}
