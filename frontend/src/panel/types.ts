/** The panel's names for the shapes of the HTTP interface; the shapes themselves are the server's own, see generated/wire.ts. */
import type { Rec } from "../realtime";
import type * as wire from "./generated/wire";

export type { CheckPoint, Ended, HealthPoint } from "./generated/wire";

export type User = Rec & wire.User;
export type Drill = wire.LastDrill;
export type Statistics = wire.IntegrityStatistics;
export type SyncStatus = wire.SyncStatus;
export type Check = wire.IntegrityCheck;
export type CheckOverTime = wire.CheckOverTime;
export type History = wire.IntegrityHistory;
export type Finding = wire.IntegrityFinding;
export type QuarantineEntry = wire.QuarantineItem;
export type FeedStatus = wire.RealtimeStatus;
/** A client's open stream. */
export type Stream = wire.Connection;
export type RunState = wire.IntegrityRun["state"];

/** What the document leaves open: it says "an object". */
interface RunParts {
  progress?: { phase: string; check: string | null; checksDone: number; checksTotal: number } | null;
  counts?: RunLine[];
}

/** A run that was just asked for is known by its id and state alone. */
export type Run = Pick<wire.IntegrityRun, "id" | "state"> & Partial<Omit<wire.IntegrityRun, keyof RunParts>> & RunParts;

/** What a check came to in a run. */
export interface RunLine {
  check: string;
  state: "passed" | "warning" | "failed" | "broken";
  open: number;
  new: number;
  healed: number;
  planned: number;
  repaired: number;
  quarantined: number;
  seconds: number;
}
