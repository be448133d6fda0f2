/** What the audit trail tells of an edit that got no answer: it is written in the very transaction that the edit was. */
import type { Entry } from "./entry";
import { readJson, type Send } from "./fetching";

const PAGE = 500;
/** What lies further back than so many pages was not made just now. */
const PAGES = 4;

/** What an edit has made of which record. */
interface Line {
  mutationId: string | null;
  recordId: string;
  version: number;
}

/** The record that an edit made, changed or deleted, and in which version it left it; undefined: it did not arrive. */
export async function arrivedAs(send: Send, { edit, mutation }: Entry): Promise<Line | undefined> {
  const which: Record<string, string> = "create" in edit ? { action: "created" } : { recordId: edit.id };
  for (let page = 1; page <= PAGES; page += 1) {
    const asked = new URLSearchParams({ resource: edit.resource, ...which, page: String(page), limit: String(PAGE) });
    const { items } = await readJson<{ items: Line[] }>(send, `/api/admin/audit?${asked}`);
    const line = items.find(({ mutationId }) => mutationId === mutation);
    if (line) return line;
    if (items.length < PAGE) return undefined;
  }
  return undefined;
}
