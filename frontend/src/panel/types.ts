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
  fixedRecords?: number;
  errors?: unknown[];
  integrityChecks?: { type: string; description: string; affectedCount?: number; affectedRecords: string[]; severity: string }[];
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
