/** One action on many records: sent, followed while the worker has it, and taken back on demand. */
import { useCallback, useState } from "react";
import { explain, useSend, type Realtime } from "../../realtime";
import { formatNumber } from "../messages";
import { toast, type ToastAction } from "../ui/toasts";
import type { Selection } from "./selection";
import type { Filters } from "./url";
import { words } from "./words";

export type BulkName = "activate" | "deactivate" | "set" | "delete";

export interface BulkAsk {
  action: BulkName;
  ids?: string[];
  filter?: Filters;
  values?: Record<string, unknown>;
}

/** A bulk action as the server tells of it. */
export interface BulkAction {
  id: string;
  state: string;
  total: number | null;
  done: number;
  failed: number;
  undone: number;
  conflicts: number;
  error: string | null;
  items: BulkItem[];
}

export interface BulkItem {
  recordId: string;
  code: string | null;
  detail: string | null;
  undoDetail: string | null;
}

export interface Refusals {
  /** How many in all; `items` are the first of them. */
  count: number;
  items: { id: string; detail: string }[];
}

export interface Bulk {
  /** What is under way, in words and numbers. */
  under: { label: string; done: number; total: number | null } | undefined;
  refusals: Refusals | undefined;
  start: (ask: BulkAsk) => Promise<boolean>;
  /** Puts back what one did; true unless it was refused as a whole. */
  undo: (id: string) => Promise<boolean>;
  /** Shows what was refused of one, or of its undo. */
  tell: (id: string, undo: boolean) => Promise<void>;
  forget: () => void;
}

const ASK_EVERY = 400;
const ENDED = new Set(["done", "errored", "undone"]);
const SHOWN = 50;
const FAILED = "failed";
const CONFLICT = "conflict";

export function askOf(action: BulkName, selection: Selection, question: Filters, values?: Record<string, unknown>): BulkAsk {
  const whom = selection.all ? { filter: question } : { ids: [...selection.ids] };
  return { action, ...whom, ...(values ? { values } : {}) };
}

export function useBulk(resource: string): Bulk {
  const send = useSend();
  const [under, setUnder] = useState<Bulk["under"]>();
  const [refusals, setRefusals] = useState<Refusals>();
  const why = useCallback((told: BulkAction, undo: boolean) => setRefusals(refusalsOf(told, undo)), []);
  const undo = useCallback(
    async (id: string) => {
      const job = { label: words.undoing, path: `/api/admin/bulk-actions/${id}/undo`, body: undefined, result: CONFLICT };
      const told = await carry(send, job, setUnder);
      if (told) tellUndone(told, why);
      return told !== undefined;
    },
    [send, why],
  );
  const start = useCallback(
    async (ask: BulkAsk) => {
      const job = { label: words.doing[ask.action] ?? ask.action, path: `/api/admin/${resource}/bulk`, body: ask, result: FAILED };
      const told = await carry(send, job, setUnder);
      if (told) tellDone(ask.action, told, (id) => void undo(id), why);
      return told !== undefined;
    },
    [resource, send, undo, why],
  );
  const tell = useCallback((id: string, undone: boolean) => look(send, id, undone ? CONFLICT : FAILED).then((told) => why(told, undone), (failure: unknown) => toast(explain(failure), "bad")), [send, why]);
  return { under, refusals, start, undo, tell, forget: () => setRefusals(undefined) };
}

interface Job {
  label: string;
  path: string;
  body: BulkAsk | undefined;
  /** Which of its records are worth naming. */
  result: string;
}

async function look(send: Realtime["send"], id: string, result: string): Promise<BulkAction> {
  return (await (await send(`/api/admin/bulk-actions/${encodeURIComponent(id)}?result=${result}&page=1&limit=${SHOWN}`)).json()) as BulkAction;
}

/** Asks, and asks how far it is until it has ended; undefined, and said, when it was refused as a whole. */
async function carry(send: Realtime["send"], { label, path, body, result }: Job, show: (under: Bulk["under"]) => void): Promise<BulkAction | undefined> {
  show({ label, done: 0, total: null });
  try {
    const json = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const reply = await send(path, { method: "POST", ...(body ? json : {}) });
    const { bulkId } = (await reply.json()) as { bulkId: string };
    let told = await look(send, bulkId, result);
    while (reply.status === 202 && !ENDED.has(told.state)) {
      show({ label, done: body ? told.done + told.failed : told.undone + told.conflicts, total: told.total });
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
      told = await look(send, bulkId, result);
    }
    if (told.error) toast(told.error, "bad");
    return told;
  } catch (failure) {
    toast(explain(failure), "bad");
    return undefined;
  } finally {
    show(undefined);
  }
}

function refusalsOf(told: BulkAction, undo: boolean): Refusals {
  const items = told.items.map((item) => ({ id: item.recordId, detail: (undo ? item.undoDetail : item.detail) ?? "" }));
  return { count: undo ? told.conflicts : told.failed, items };
}

function tellDone(action: BulkName, told: BulkAction, undo: (id: string) => void, why: (told: BulkAction, undo: boolean) => void): void {
  const parts = [words.done[action]?.(formatNumber(told.done)) ?? action, ...(told.failed > 0 ? [words.refused(told.failed)] : [])];
  const actions: ToastAction[] = [];
  if (told.failed > 0) actions.push({ label: words.why, run: () => why(told, false) });
  if (told.done > 0) actions.push({ label: words.undo, run: () => undo(told.id) });
  toast(parts.join(", "), told.done === 0 ? "bad" : "good", ...actions);
}

function tellUndone(told: BulkAction, why: (told: BulkAction, undo: boolean) => void): void {
  const kept = told.conflicts > 0;
  toast([words.undone(formatNumber(told.undone)), ...(kept ? [words.kept(told.conflicts)] : [])].join(", "), kept ? "bad" : "good", ...(kept ? [{ label: words.why, run: () => why(told, true) }] : []));
}
