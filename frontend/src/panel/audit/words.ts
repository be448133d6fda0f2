/** The words of the audit trail's page. */
import type { AuditEntry } from "../generated/wire";
import { labelOf } from "../messages";
import { titles } from "../shell/titles";
const number = new Intl.NumberFormat("en");
const count = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`;

/** What a change changed, secrets by name alone. */
export const whatChanged = ({ action, fields, secrets }: Pick<AuditEntry, "action" | "fields" | "secrets">) => (action === "updated" ? [...secrets, ...fields].map(labelOf).join(", ") : "");

export const words = {
  title: titles.audit,
  filters: { search: "Search", actor: "Who", resource: "What", recordId: "Record id", action: "Action", from: "From", to: "Before" },
  searchHint: "also in what changed",
  actorHint: "user:ID, system:sweep, external",
  any: "Any",
  clear: "Clear",
  columns: { when: "When", who: "Who", action: "What was done", record: "To what", fields: "Fields", address: "From" },
  none: "Nothing of that kind happened",
  noneHint: "Widen the time or take a filter away.",
  export: "Export",
  formats: { csv: "CSV", ndjson: "NDJSON" } as Record<string, string>,
  exportTitle: (n: number) => `${count(n, "entry", "entries")} with before and after in full. That it was taken is an entry, too.`,
  verify: "Verify the chain",
  verifying: "The chain is being read",
  proven: (n: number, newest: number | null) => (newest === null ? "The chain is being read…" : `${number.format(n)} of ${count(newest, "seal holds", "seals hold")}`),
  parts: { outside: "Comparing with the copy outside the database…", changes: "Looking for changes without a seal…" },
  stop: "Stop",
  stopped: (n: number) => `Stopped: ${count(n, "seal holds", "seals hold")} so far. What comes after was not looked at.`,
  goOn: "Go on",
  intact: (n: number) => `The chain holds: ${count(n, "seal", "seals")}, each made of the one before`,
  broken: "The chain is broken",
  kinds: {
    altered: "A change is not what its seal was made of: somebody rewrote it.",
    removed: "A change or a seal is gone from between two others.",
    inserted: "Something stands there that was never sealed in its place.",
    reordered: "A seal stands in another's place.",
    truncated: "A seal that was written down outside the database is not there: the end was cut off, or an older backup put back.",
    rewritten: "A seal is another than was written down outside: the chain was made anew.",
  } as Record<string, string>,
  link: (seq: number) => `First link that does not hold: ${number.format(seq)}`,
  change: (id: number) => `change ${number.format(id)}`,
  heldUntil: (n: number) => `${count(n, "seal before it holds", "seals before it hold")}.`,
  unsealed: (n: number) => (n === 0 ? "Nothing waits for its seal." : `${count(n, "entry waits", "entries wait")} for a seal: of these nothing is proven yet.`),
  witnessed: (n: number) => (n === 0 ? "No seal was compared with a copy outside the database: there is none yet." : `${count(n, "seal was", "seals were")} compared with the copy outside the database.`),
  compacted: (n: number) => `Of ${count(n, "old entry", "old entries")} only digests are kept.`,
  newest: "Last seal that holds",
  details: "Entry",
  detail: "Detail",
  facts: { at: "When", record: "Record id", actor: "Who", address: "Address", requestId: "Request", mutationId: "Mutation", version: "Version", seal: "Seal", id: "Change" },
  noSeal: "waits for its seal",
  diff: "What changed",
  created: "The record as it was made",
  notKept: "What it held is no longer kept; that it happened, and its seal, are.",
  secrets: (names: string[]) => `Secrets that changed, never shown: ${names.map(labelOf).join(", ")}`,
  more: "More filters",
  fewer: "Fewer filters",
  record: "Open the record",
  history: "All entries about this record",
  same: "All of this request",
  open: (what: string) => `Open the entry: ${what}`,
};
