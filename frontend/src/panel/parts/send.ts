/** Requests that change something, as JSON, and what becomes of one: under way, refused, with which fields at fault. */
import { useCallback, useState } from "react";
import { explain, RequestFailed, useRealtime } from "../../realtime";
import { toast } from "../ui/toasts";

export type Send = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>;

export function useJson(): Send {
  const realtime = useRealtime();
  return useCallback(
    async <T,>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const init: RequestInit = { method, headers };
      if (body !== undefined) Object.assign(init, { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) });
      const reply = await realtime.send(path, init);
      return (reply.status === 204 ? undefined : await reply.json()) as T;
    },
    [realtime],
  );
}

export interface Act {
  busy: boolean;
  error: string | null;
  code: string | null;
  /** No answer came: it may have been done. */
  lost: boolean;
  wrong: Record<string, string>;
  /** Does it; true when it went well. `loud`: a refusal is a note on the screen, too. */
  run: (work: () => Promise<unknown>, loud?: boolean) => Promise<boolean>;
  forget: () => void;
}

/** Out of reach, or a proxy spoke in the server's place. */
const SILENT = new Set([0, 502, 504]);
const IDLE = { busy: false, error: null as string | null, code: null as string | null, lost: false, wrong: {} as Record<string, string> };

export function useAct(): Act {
  const [state, setState] = useState(IDLE);
  const run = useCallback(async (work: () => Promise<unknown>, loud = false) => {
    setState({ ...IDLE, busy: true });
    try {
      await work();
      setState(IDLE);
      return true;
    } catch (failure) {
      const refused = failure instanceof RequestFailed;
      const wrong = refused ? Object.fromEntries(failure.fields.map(({ field, message }) => [field, message])) : {};
      if (loud) toast(explain(failure), "bad");
      setState({ busy: false, error: explain(failure), code: refused ? failure.code : null, lost: !refused || SILENT.has(failure.status), wrong });
      return false;
    }
  }, []);
  const forget = useCallback(() => setState(IDLE), []);
  return { ...state, run, forget };
}
