/** Edits that waited and then came to nothing: kept until whoever made them has decided. Knows no React. */
import { Conflict, explain, RequestFailed, type Late, type Waiting } from "../../realtime";
import { toast } from "../ui/toasts";
import { words } from "./words";

/** What an edit of the panel remembers: how its record is called, and what stood in its fields. */
export interface Note {
  title: string;
  before: Record<string, unknown>;
}

export interface Refused extends Note {
  mutation: string;
  resource: string;
  id: string;
  /** What was wanted. */
  yours: Record<string, unknown>;
  why: string;
  /** By field, what the server says of it. */
  wrong: Record<string, string>;
  conflict: boolean;
}

interface State {
  refused: readonly Refused[];
  /** The one whose record is open for it to be decided. */
  deciding: Refused | undefined;
  /** Whether the list of them is on the screen. */
  shown: boolean;
}

const NONE: State = { refused: [], deciding: undefined, shown: false };
/** Nobody has to decide: they wanted it so, or are gone. */
const OVER = new Set(["called-off", "closed", "signed-out"]);
const listeners = new Set<() => void>();
let state = NONE;
let tally = { arrived: 0, refused: 0 };

export const current = (): State => state;

export function watch(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function become(next: Partial<State>): void {
  state = { ...state, ...next };
  globalThis.removeEventListener("beforeunload", ask);
  if (state.refused.length > 0) globalThis.addEventListener("beforeunload", ask);
  for (const listener of listeners) listener();
}

function ask(event: Event): void {
  event.preventDefault();
}

export const show = (shown: boolean): void => become({ shown });
export const decide = (refused: Refused): void => become({ deciding: refused, shown: false });
/** It stays among the refused. */
export function putOff({ mutation }: Refused): void {
  if (state.deciding?.mutation === mutation) become({ deciding: undefined });
}

export const drop = ({ mutation }: Refused): void =>
  become({ refused: state.refused.filter((each) => each.mutation !== mutation), ...(state.deciding?.mutation === mutation ? { deciding: undefined } : {}) });

/** Another person's are none of the next one's business. */
export function forget(): void {
  tally = { arrived: 0, refused: 0 };
  become(NONE);
}

/** Told of what became of each; `left`: how many wait yet. One note for all that a way back brings. */
export function tell(late: Late, left: number): void {
  if (!("error" in late) && late.calledOff) toast(words.tooLate(titleOf(late)), "bad");
  else if (!("error" in late)) tally.arrived += 1;
  else if (refuse(late, late.error)) tally.refused += 1;
  if (left > 0) return;
  const { arrived, refused } = tally;
  tally = { arrived: 0, refused: 0 };
  if (arrived > 0) toast(words.arrived(arrived));
  if (refused > 0) toast(words.toDecide(refused), "bad", { label: words.look, run: () => show(true) });
}

export function titleOf({ edit }: Waiting): string {
  return (edit.note as Note | undefined)?.title ?? ("id" in edit ? edit.id : "");
}

function refuse({ mutation, edit, calledOff }: Late, error: unknown): boolean {
  const isOver = error instanceof RequestFailed && (OVER.has(error.code) || error.status === 401 || (calledOff && error.code !== "unsure"));
  if (isOver || !("fields" in edit)) return false;
  const { title, before } = (edit.note ?? { title: edit.id, before: {} }) as Note;
  const fields = error instanceof RequestFailed ? error.fields : [];
  const conflict = error instanceof Conflict;
  const wrong = conflict ? {} : Object.fromEntries(fields.map(({ field, message }) => [field, message]));
  const why = conflict ? words.overtaken : explain(error);
  become({ refused: [...state.refused, { mutation, resource: edit.resource, id: edit.id, title, before, yours: edit.fields, why, wrong, conflict }] });
  return true;
}
