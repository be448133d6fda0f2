/** A verification comes in steps of about two seconds; put together they are one verdict. */
import type { AuditVerdict } from "../generated/wire";

export function together(before: AuditVerdict | undefined, step: AuditVerdict): AuditVerdict {
  if (!before) return step;
  return {
    ...step,
    sealed: before.sealed + step.sealed,
    compacted: before.compacted + step.compacted,
    witnessed: before.witnessed + step.witnessed,
    verifiedTo: step.verifiedTo ?? before.verifiedTo,
    digest: step.digest ?? before.digest,
    newest: step.newest ?? before.newest,
  };
}

export type Part = "seals" | "outside" | "changes";

/** Which of the three parts comes next, and how much of it is done; null where that cannot be told. */
export function standing(told: AuditVerdict | undefined): { part: Part; share: number | null } {
  if (!told) return { part: "seals", share: 0 };
  const part = (told.next ?? "changes").split("-")[0] as Part;
  return { part, share: part === "seals" && told.newest ? (told.verifiedTo ?? 0) / told.newest : null };
}
