/** Short notes that come and go; read out by screen readers. */
import { useSyncExternalStore } from "react";
import { Icon } from "./icons";

interface Note {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const STAY = { good: 4_000, bad: 8_000 };
const listeners = new Set<() => void>();
let notes: readonly Note[] = [];
let count = 0;

function change(next: readonly Note[]): void {
  notes = next;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Note["tone"] = "good"): void {
  const note = { id: (count += 1), text, tone };
  change([...notes, note]);
  setTimeout(() => change(notes.filter((each) => each !== note)), STAY[tone]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => notes);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={`toast toast-${tone}`}>
          <Icon name={tone === "good" ? "check" : "alert"} />
          {text}
        </div>
      ))}
    </div>
  );
}
