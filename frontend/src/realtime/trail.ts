/** What the audit trail tells of a request that got no answer: it is written in the very transaction that the request was. */
import { readJson, type Send } from "./fetching";

const NEWEST = 500;

interface Line {
  mutationId: string | null;
  recordId: string | null;
}

/** The id of the record that a creation made, if it made one. */
export async function arrivedAs(send: Send, resource: string, mutation: string): Promise<string | undefined> {
  const asked = new URLSearchParams({ resource, action: "created", limit: String(NEWEST) });
  const { items } = await readJson<{ items: Line[] }>(send, `/api/admin/audit?${asked}`);
  return items.find(({ mutationId }) => mutationId === mutation)?.recordId ?? undefined;
}
