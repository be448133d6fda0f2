/** What one may open at any moment is fetched when the browser has nothing to do: it is there at once, and without a server. */
const ROOMS: (() => Promise<unknown>)[] = [
  () => import("./palette"),
  () => import("./key-sheet"),
  () => import("../table/page"),
  () => import("../record/drawer"),
  () => import("../record/page"),
];
/** For browsers that do not tell when they have nothing to do. Milliseconds. */
const LATER = 2_000;

export function fetchAhead(): void {
  const next = (at: number): void => {
    const room = ROOMS[at];
    if (room) void room().then(() => whenIdle(() => next(at + 1)), () => undefined); // it is asked for again when it is opened
  };
  whenIdle(() => next(0));
}

function whenIdle(act: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(act);
  else setTimeout(act, LATER);
}
