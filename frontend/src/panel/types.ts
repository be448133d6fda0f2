/** Shapes of the HTTP interface, written by hand until they are generated from the OpenAPI document. */
import type { Rec } from "../realtime";

export interface User extends Rec {
  email: string;
  name: string | null;
  role: "SUPER_ADMIN" | "BUSINESS_ADMIN" | "PROFESSIONAL_ADMIN";
  isActive: boolean;
  mustChangePassword: boolean;
  lastLoginAt: string | null;
}

export interface Statistics {
  users: number;
  businesses: number;
  professionals: number;
  orphanedUsers: number;
  missingBusinessAdmins: number;
  missingProfessionalAdmins: number;
  healthy: boolean;
  score: number;
  checkedAt: string;
  drill: Drill | null;
}

export interface Drill {
  at: string;
  passed: boolean;
  detail: string;
  seconds: number;
  overdue: boolean;
}

/** The directory at the end of a run, or of the last run of a step. */
export interface HealthPoint {
  at: string;
  runs: number;
  score: number;
  lowest: number;
}

export interface CheckPoint {
  at: string;
  open: number;
  peak: number;
  broken: number;
}

export interface Ended {
  ended: number;
  healed: number;
  repaired: number;
  quarantined: number;
  healedShare: number | null;
  meanSeconds: number | null;
}

export interface CheckOverTime extends Ended {
  check: string;
  title: string;
  mode: Check["mode"];
  health: Check["health"];
  healthDetail: string | null;
  open: number | null;
  firstSeen: string | null;
  openSince: string | null;
  points: CheckPoint[];
}

export interface History {
  from: string;
  to: string;
  step: number;
  health: HealthPoint[];
  ended: Ended;
  checks: CheckOverTime[];
}

export interface SyncStatus {
  isRunning: boolean;
  intervalSeconds: number;
  lastSync: string | null;
  nextSync: string | null;
  lastResult: Record<string, unknown> | string | null;
  lastError: string | null;
  workerAlive: boolean;
  schedulerAlive: boolean;
  overdue: boolean;
}

export type RunState = "queued" | "running" | "passed" | "failed" | "errored" | "abandoned";

export interface Run {
  id: string;
  state: RunState;
  progress?: { phase: string; check: string | null; checksDone: number; checksTotal: number } | null;
  error?: string | null;
  repair?: boolean;
  dryRun?: boolean;
  scheduled?: boolean;
  actor?: string;
  createdAt?: string;
  startedAt?: string | null;
  finishedAt?: string | null;
  counts?: RunLine[];
  fixedRecords?: number;
  errors?: unknown[];
  integrityChecks?: { type: string; description: string; affectedCount?: number; affectedRecords: string[]; severity: string }[];
}

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

export interface Check {
  id: string;
  title: string;
  severity: "low" | "medium" | "high";
  remedy: "report" | "relink" | "deactivate" | "quarantine";
  origin: { distribution: string; version: string } | null;
  mode: "observe" | "act" | "off";
  grace: string;
  lastRun: string | null;
  health: "ok" | "broken";
  healthDetail: string | null;
}

export interface Finding {
  id: string;
  check: string;
  resource: string;
  recordId: string;
  state: "open" | "ignored" | "healed" | "repaired" | "quarantined" | "blocked";
  sightings: number;
  firstSeen: string;
  lastSeen: string;
  explanation: string | null;
}

export interface QuarantineEntry {
  id: string;
  resource: string;
  recordId: string;
  reason: string;
  check?: string | null;
  runId?: string | null;
  placedAt: string;
  placedBy: string;
  restoredAt?: string | null;
  snapshot: Record<string, unknown>;
  children: unknown[];
}
