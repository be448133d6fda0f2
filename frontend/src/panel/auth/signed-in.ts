/** Who is signed in in this browser, for all of its tabs: one that slept, or had no network, was told by nobody else. */
import type { User } from "../types";

const ITEM = "digisence-user";

export function noteSignedIn(user: User | undefined): void {
  try {
    if (user) return localStorage.setItem(ITEM, user.id);
  } catch {
    // full: better no name than that of whoever was here before
  }
  localStorage.removeItem(ITEM);
}

/** Whether a request would still go out in this person's name; of nobody: whether nobody else is known to be signed in. */
export function isSignedIn(user: User | undefined): boolean {
  return [null, user?.id].includes(localStorage.getItem(ITEM));
}

/** Calls back when somebody else has signed in in another tab. Returns how to stop. */
export function onAnother(user: User | undefined, act: () => void): () => void {
  const hear = () => void (isSignedIn(user) || act());
  globalThis.addEventListener("storage", hear);
  return () => globalThis.removeEventListener("storage", hear);
}
