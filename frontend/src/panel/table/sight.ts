/** Which rows are in sight: only those are drawn, however many there are. Every row has the same height. */
import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Rows drawn beyond the edge, so that a quick scroll shows no gap. */
const SPARE = 12;
/** The edge moves in steps, so that not every pixel draws the table. */
const STEP = 6;
/** While somebody scrolls, rows are asked for at most once in this time. Milliseconds. */
const CALM = 90;

export function useRowHeight(tight: boolean): number {
  const narrow = useMediaQuery("(max-width: 720px)");
  if (narrow) return tight ? 46 : 56;
  return tight ? 31 : 42;
}

export interface Sight {
  scroller: RefObject<HTMLDivElement | null>;
  /** Places drawn: from the first up to before the last. */
  drawn: readonly [number, number];
  /** Where the eye has come to rest: what is fetched. */
  settled: readonly [number, number];
  scrolled: boolean;
  show: (place: number) => void;
  toTop: () => void;
}

export function useSight(count: number, height: number): Sight {
  const scroller = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<readonly [number, number]>([0, 60]);
  const [settled, setSettled] = useState<readonly [number, number]>([0, 40]);
  const [scrolled, setScrolled] = useState(false);
  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const next = inSight(element.scrollTop, element.clientHeight, height, count);
    setDrawn((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
    setScrolled(element.scrollTop > height / 2);
  }, [count, height]);
  useLayoutEffect(look, [look]);
  useEffect(() => watch(scroller.current, look), [look]);
  const latest = useRef(drawn);
  latest.current = drawn;
  useEffect(() => {
    if (settled === drawn) return;
    const timer = setTimeout(() => setSettled(latest.current), CALM);
    return () => clearTimeout(timer);
    // eslint-disable-next-line -- further scrolling must not put the timer off
  }, [settled === drawn]);
  const show = useCallback((place: number) => reveal(scroller.current, place, height), [height]);
  const toTop = useCallback(() => scroller.current?.scrollTo({ top: 0 }), []);
  return { scroller, drawn, settled, scrolled, show, toTop };
}

/** At most one look a frame. */
function watch(element: HTMLElement | null, look: () => void): (() => void) | undefined {
  if (!element) return undefined;
  let waiting = 0;
  const soon = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      look();
    });
  };
  element.addEventListener("scroll", soon, { passive: true });
  const watcher = new ResizeObserver(soon);
  watcher.observe(element);
  return () => {
    cancelAnimationFrame(waiting);
    element.removeEventListener("scroll", soon);
    watcher.disconnect();
  };
}

export function inSight(top: number, tall: number, height: number, count: number): readonly [number, number] {
  const first = Math.max(0, Math.floor(top / height) - SPARE);
  const last = Math.min(count, Math.ceil((top + tall) / height) + SPARE);
  return [Math.max(0, Math.floor(first / STEP) * STEP), Math.min(count, Math.ceil(last / STEP) * STEP)];
}

/** The head of the table covers its own height of the place. */
function reveal(element: HTMLDivElement | null, place: number, height: number): void {
  if (!element) return;
  const head = element.querySelector("thead")?.clientHeight ?? 0;
  const top = place * height;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + height + head > element.scrollTop + element.clientHeight) element.scrollTop = top + height + head - element.clientHeight;
}
