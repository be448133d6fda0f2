/** The directory's health and its sweep, by the names that the platform before had: thin over the HTTP interface. */
import type { Realtime } from "./core";
import { theRealtime } from "./default";

/** A check that found something. */
export interface DataIntegrityCheck {
  type: "orphaned_user" | "missing_business" | "missing_professional" | (string & {});
  description: string;
  /** Ids, at most 100; `affectedCount` has them all. */
  affectedRecords: string[];
  affectedCount: number;
  severity: "low" | "medium" | "high";
}

/** What a repair did; the checks as they stand after it. */
export interface DataIntegrityResult {
  success: boolean;
  fixedRecords: number;
  errors: string[];
  integrityChecks: DataIntegrityCheck[];
}

export interface DataStatistics {
  users: number;
  businesses: number;
  professionals: number;
  orphanedUsers: number;
  missingBusinessAdmins: number;
  missingProfessionalAdmins: number;
  healthy: boolean;
  /** 0 to 100. */
  score: number;
  checkedAt: string;
}

/** The sweep, as the server has it: in every browser the same. */
export interface SyncStatus {
  isRunning: boolean;
  intervalSeconds: number;
  lastSync: string | null;
  nextSync: string | null;
  lastResult: Record<string, unknown> | null;
  lastError: string | null;
  workerAlive: boolean;
  schedulerAlive: boolean;
  overdue: boolean;
}

export interface TestResults {
  success: boolean;
  results: { name: string; success: boolean; detail: string; seconds: number }[];
  /** Why they did not come to their end. */
  error?: string;
}

interface Run extends Omit<DataIntegrityResult, "success"> {
  state: "queued" | "running" | "passed" | "failed" | "errored" | "abandoned";
  success: boolean | null;
  error: string | null;
}

const RUNS = "/api/admin/integrity/runs";
/** How long until a run is asked about again: at first, and at most. Milliseconds. */
const FIRST_LOOK = 250;
const LATER_LOOK = 2_000;

export class DataSyncService {
  constructor(private readonly realtime: () => Realtime) {}

  /** Runs every check now and mends nothing: those that found something. Throws when a check could not be run. */
  async checkDataIntegrity(): Promise<DataIntegrityCheck[]> {
    const run = await this.#run(false);
    if (run.state === "errored" || run.state === "abandoned") throw new Error([run.error, ...run.errors].filter(Boolean).join(" ") || run.state);
    return run.integrityChecks;
  }

  /** Runs every check and mends what may be mended: mode, sightings, grace and breakers hold here as anywhere. */
  async fixDataIntegrity(): Promise<DataIntegrityResult> {
    const { success, fixedRecords, errors, error, integrityChecks } = await this.#run(true);
    return { success: success === true, fixedRecords, errors: error ? [...errors, error] : errors, integrityChecks };
  }

  getDataStatistics(): Promise<DataStatistics> {
    return ask(this.realtime(), "/api/admin/integrity/statistics");
  }

  /** Asks for a run and waits for its end, however long it takes. */
  async #run(repair: boolean): Promise<Run> {
    const realtime = this.realtime();
    const { runId } = await order<{ runId: string }>(realtime, RUNS, { repair });
    for (let pause = FIRST_LOOK; ; pause = Math.min(2 * pause, LATER_LOOK)) {
      const run = await ask<Run>(realtime, `${RUNS}/${encodeURIComponent(runId)}`);
      if (run.state !== "queued" && run.state !== "running") return run;
      await new Promise((go) => setTimeout(go, pause));
    }
  }
}

export class BackgroundSyncService {
  constructor(private readonly realtime: () => Realtime) {}

  /** Switches the sweep on, for good: it runs on the server, whatever becomes of this page. */
  start(): Promise<SyncStatus> {
    return order(this.realtime(), "/api/admin/sync/start");
  }

  /** Switches it off, for good. */
  stop(): Promise<SyncStatus> {
    return order(this.realtime(), "/api/admin/sync/stop");
  }

  getStatus(): Promise<SyncStatus> {
    return ask(this.realtime(), "/api/admin/sync");
  }
}

/** Of the page's own server, or of whatever `setDefaultRealtime` has put in its place. */
export const dataSyncService = new DataSyncService(theRealtime);
export const backgroundSyncService = new BackgroundSyncService(theRealtime);

/** Tries detection, repair, restore and the sweep on a scratch database of the server's; nothing of the live one is touched. */
export function runAllTests(realtime = theRealtime()): Promise<TestResults> {
  return order(realtime, "/api/admin/selftest");
}

async function ask<T>(realtime: Realtime, path: string, init?: RequestInit): Promise<T> {
  return (await (await realtime.send(path, init)).json()) as T;
}

function order<T>(realtime: Realtime, path: string, body?: object): Promise<T> {
  const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return ask(realtime, path, { method: "POST", ...json });
}
