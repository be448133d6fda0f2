/** The client that is used where none is given: of the page's own server, made when first wanted. */
import { createRealtime, type Realtime } from "./core";

let known: Realtime | undefined;

export function theRealtime(): Realtime {
  return (known ??= createRealtime());
}

/** Puts a client of your making in its place; undefined: a new one is made when next wanted. */
export function setDefaultRealtime(realtime: Realtime | undefined): void {
  known = realtime;
}
