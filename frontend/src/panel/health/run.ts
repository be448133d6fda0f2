/** One check run on demand: asked for, then followed by the stream, or by asking while there is none. */
import { useCallback, useEffect, useState } from "react";
import { explain, useConnection, useMessages, useRealtime, type Message } from "../../realtime";
import { post } from "../api";
import type { Run, RunState } from "../types";

const UNFINISHED: ReadonlySet<RunState> = new Set(["queued", "running"]);
const ASK_EVERY = 2_000;

/** `repair` with `dryRun` only tells what a repair would touch. */
export interface Wanted {
  repair: boolean;
  dryRun: boolean;
  /** These checks only. */
  checks?: string[];
}

export interface Following {
  run: Run | undefined;
  busy: boolean;
  error: string | null;
  start: (options: Wanted) => Promise<void>;
}

export function useRun(): Following {
  const [run, setRun] = useState<Run>();
  const [error, setError] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const hear = useCallback((message: Message) => {
    if (message.type !== "integrity") return;
    const heard = message as unknown as Run;
    setRun((before) => (before && before.id === heard.id && UNFINISHED.has(before.state) ? { ...before, ...heard } : before));
  }, []);
  useMessages(hear);
  const busy = asking || (run !== undefined && UNFINISHED.has(run.state));
  useAsking(run, busy && !asking, setRun, setError);
  const start = useCallback(async (options: Wanted) => {
    setAsking(true);
    setError(null);
    try {
      const { runId } = await post<{ runId: string }>("/api/admin/integrity/runs", options);
      setRun({ id: runId, state: "queued", ...options });
    } catch (failure) {
      setError(explain(failure));
    }
    setAsking(false);
  }, []);
  return { run, busy, error, start };
}

/** The run may have ended before its first message could be matched, or the stream may be down: so it is asked for too. */
function useAsking(run: Run | undefined, active: boolean, tell: (run: Run) => void, complain: (error: string | null) => void): void {
  const realtime = useRealtime();
  const { state } = useConnection();
  const id = run?.id;
  useEffect(() => {
    if (!active || id === undefined) return;
    const ask = async () => {
      try {
        tell((await (await realtime.send(`/api/admin/integrity/runs/${id}`)).json()) as Run);
        complain(null);
      } catch (failure) {
        complain(explain(failure));
      }
    };
    const timer = setInterval(() => void ask(), state === "live" ? ASK_EVERY * 2 : ASK_EVERY);
    void ask();
    return () => clearInterval(timer);
  }, [active, id, realtime, state, tell, complain]);
}

/** Between 0 and 100; undefined while nobody knows. */
export function percent(progress: Run["progress"]): number | undefined {
  return progress && progress.checksTotal > 0 ? (100 * progress.checksDone) / progress.checksTotal : undefined;
}
