/** Single keys of a page: never while somebody types, never beside a modifier, never behind a dialog. */
import { useEffect, useRef } from "react";

const TYPING = "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=tablist], [role=radiogroup]";

export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const act = latest.current[event.key];
      if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TYPING)) return;
      if (document.querySelector("[role=dialog][aria-modal=true]")) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
