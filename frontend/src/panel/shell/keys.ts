/** Keys that work wherever one is, unless one is typing or a dialog is open. */
import { useEffect, useRef } from "react";

/** What a key does; `false` leaves the key to whoever else listens. */
export type Shortcuts = Record<string, () => unknown>;

/** By key as `event.key` names it. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const act = latest.current[event.key];
      if (act && act() !== false) event.preventDefault();
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, []);
}

/** Whether a key means a letter to where it was pressed, or a dialog has the floor. */
export function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector("[role=dialog][aria-modal=true]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  const typing = target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== "checkbox");
  return typing || target.isContentEditable || target.closest("[role=menu], [role=listbox]") !== null;
}
