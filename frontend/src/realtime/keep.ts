/** Edits that wait, kept over a reload: in the tab's own session storage, for one user, claimed by one page at a time. */
import type { Edit, Entry } from "./entry";
import { randomId } from "./ids";
import type { Shown } from "./overlay";

/** An edit as it is kept: plain data. */
export interface Kept extends Pick<Entry, "mutation" | "base" | "lenient" | "own" | "since" | "calledOff"> {
  edit: Edit;
  shown: Shown;
  /** It has left once, and nobody knows whether it arrived. */
  sent: boolean;
}

export interface Keep {
  /** What the page before has left here, once. */
  load: () => Promise<Kept[]>;
  save: (all: Kept[]) => void;
  /** Whoever made them is gone, and so are they. */
  drop: () => void;
}

interface Stored {
  user: string;
  /** Which page's they are, by the lock that it holds: a tab that was duplicated has a copy of them. */
  page: string;
  edits: Kept[];
}

/** With the number of its form: what another version of this code has left is left alone. */
const ITEM = "digisence-edits-1";
/** The page before may still be going. Milliseconds. */
const CLAIM = 2_000;
/** A request without an answer may be under way for so long. Milliseconds. */
export const LATE = 10_000;

export function kept({ edit, shown, mutation, base, lenient, own, since, calledOff, sending, unsure }: Entry): Kept {
  const { onWait: _here, ...plain } = edit;
  return { edit: plain as Edit, shown, mutation, base, lenient, own, since, calledOff, sent: sending || unsure !== undefined };
}

/** Nobody awaits it any more; what became of it is told by `onLate`. */
export function restored({ sent, ...rest }: Kept): Entry {
  const nobody = () => undefined;
  const now = Date.now();
  return { ...rest, rebases: 0, sending: false, waited: true, unsure: sent ? now : undefined, doubted: now + LATE, done: nobody, failed: nobody };
}

/** For a user's client in a browser tab. Without Web Locks (no HTTPS) nothing is kept: a copy could not be told from the first. */
export function keepInTab(user: string): Keep {
  let page = randomId();
  let isOpen = false;
  let claiming: AbortController | undefined;

  /** Holds the lock until `drop`: only while something is kept, for a page that holds one is not put aside for "back". */
  const claim = (patience?: number): Promise<boolean> => {
    const { signal } = (claiming = new AbortController());
    const timer = patience && setTimeout(() => claiming?.abort(), patience);
    return new Promise((claimed) => {
      const hold = () => {
        clearTimeout(timer);
        claimed(true);
        return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
      };
      navigator.locks.request(`${ITEM}:${page}`, { signal }, hold).catch(() => claimed(false)); // aborted: another page has it
    });
  };

  const drop = () => {
    isOpen = true;
    sessionStorage.removeItem(ITEM);
    claiming?.abort();
    claiming = undefined;
  };

  /** Until what was left is here, nothing is written over it. */
  const save = (edits: Kept[]) => {
    if (!isOpen || !navigator.locks) return;
    if (edits.length === 0) return drop();
    if (!claiming) void claim();
    try {
      sessionStorage.setItem(ITEM, JSON.stringify({ user, page, edits } satisfies Stored));
    } catch {
      sessionStorage.removeItem(ITEM); // full: they are in this page only, and the browser asks before it is left
    }
  };

  const load = async (): Promise<Kept[]> => {
    const left = stored();
    const own = page;
    const isMine = left?.user === user && navigator.locks && ((page = left.page), await claim(CLAIM));
    if (isOpen) return []; // dropped meanwhile
    if (!isMine) {
      page = own;
      drop();
    }
    isOpen = true;
    return isMine ? left.edits : [];
  };

  return { load, save, drop };
}

function stored(): Stored | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(ITEM) ?? "null") as Stored | null) ?? undefined;
  } catch {
    return undefined; // not ours
  }
}
