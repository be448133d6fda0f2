/** The list by keyboard: j and k walk, Enter opens, x selects, F2 edits, / searches. */
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import type { Rec } from "../../realtime";
import { useShortcuts } from "../shell/keys";
import type { RowActions } from "./rows";

interface Wanted {
  scroller: RefObject<HTMLDivElement | null>;
  count: number;
  rowAt: (place: number) => Rec | undefined;
  show: (place: number) => void;
  actions: Pick<RowActions, "open" | "toggle" | "edit">;
  clear: () => void;
}

export interface Walk {
  /** The row that Tab comes to. */
  at: number;
  go: (place: number) => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

const PAGE = 12;

export function useWalk({ scroller, count, rowAt, show, actions, clear }: Wanted): Walk {
  const [at, setAt] = useState(0);
  const wanted = useRef<number>(undefined);
  const reach = useCallback(() => {
    if (wanted.current === undefined) return;
    const row = scroller.current?.querySelector<HTMLElement>(`tr[data-place="${wanted.current}"]`);
    if (!row) return; // comes with the next drawing
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  }, [scroller]);
  useEffect(reach);
  const walk = useCallback(
    (place: number) => {
      if (count === 0) return;
      const next = Math.max(0, Math.min(count - 1, place));
      wanted.current = next;
      show(next);
      setAt(next);
      reach(); // where nothing has to be drawn first
    },
    [count, show, reach],
  );
  useFocusKept(scroller, wanted);
  const inRow = document.activeElement?.closest("tr[data-place]") !== null;
  const step = (by: number) => walk(inRow ? at + by : at);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const record = rowAt(at);
    const inside = (event.target as HTMLElement).closest("tr[data-place]");
    if (!inside || !record || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const field = editableAt(event.target, inside);
    const byKey: Record<string, () => void> = {
      ArrowDown: () => walk(at + 1),
      ArrowUp: () => walk(at - 1),
      PageDown: () => walk(at + PAGE),
      PageUp: () => walk(at - PAGE),
      Home: () => walk(0),
      End: () => walk(count - 1),
      ArrowRight: () => aside(event.target as HTMLElement, inside, 1),
      ArrowLeft: () => aside(event.target as HTMLElement, inside, -1),
      Enter: () => (field && event.target !== inside ? actions.edit(record, field) : actions.open(record)),
      F2: () => field && actions.edit(record, field),
      " ": () => actions.toggle(record.id, at, event.shiftKey),
      Escape: clear,
    };
    const act = byKey[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    x: () => void (rowAt(at) && actions.toggle(rowAt(at)!.id, at, false)),
    X: () => void (rowAt(at) && actions.toggle(rowAt(at)!.id, at, true)),
  });
  return { at: Math.min(at, Math.max(0, count - 1)), go: setAt, onKeyDown };
}

/** A row that moves among the others, or whose cell was an input a moment ago, keeps the focus. */
function useFocusKept(scroller: RefObject<HTMLDivElement | null>, wanted: RefObject<number | undefined>): void {
  const held = useRef<string>(undefined);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const remember = (event: FocusEvent) => (held.current = (event.target as HTMLElement).closest<HTMLElement>("tr[data-record]")?.dataset["record"]);
    element.addEventListener("focusin", remember);
    return () => element.removeEventListener("focusin", remember);
  }, [scroller]);
  useEffect(() => {
    const id = held.current;
    if (id === undefined || wanted.current !== undefined || document.activeElement !== document.body) return;
    scroller.current?.querySelector<HTMLElement>(`tr[data-record="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  });
  useEffect(() => {
    const forget = (event: PointerEvent) => scroller.current?.contains(event.target as Node) || (held.current = undefined);
    document.addEventListener("pointerdown", forget);
    return () => document.removeEventListener("pointerdown", forget);
  }, [scroller]);
}

function isTyping(target: EventTarget): boolean {
  return target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== "checkbox");
}

function editableAt(target: EventTarget, row: Element): string | undefined {
  const cell = (target as HTMLElement).closest<HTMLElement>("td[data-editable]") ?? row.querySelector<HTMLElement>("td[data-editable]");
  return cell?.dataset["field"];
}

/** To the next or previous cell of the row; beyond the first, to the row itself. */
function aside(from: HTMLElement, row: Element, by: 1 | -1): void {
  const cells = [...row.querySelectorAll<HTMLElement>("td[data-field]")].filter((cell) => cell.offsetParent !== null);
  const place = cells.indexOf(from.closest<HTMLElement>("td[data-field]") ?? row as HTMLElement);
  const next = place + by;
  if (next < 0) (row as HTMLElement).focus();
  else cells[Math.min(next, cells.length - 1)]?.focus();
}
