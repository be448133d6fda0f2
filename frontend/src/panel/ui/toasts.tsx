/** Short notes that come and go, some with a way back; read out by screen readers. They wait while one points at them. */
import { useSyncExternalStore } from "react";
import { messages } from "../messages";
import { Icon } from "./icons";

export interface ToastAction {
  label: string;
  run: () => void;
}

interface Note {
  id: number;
  text: string;
  tone: "good" | "bad";
  actions: ToastAction[];
}

const STAY = { good: 4_000, bad: 8_000 };
/** With something to click: time to read, think and reach. Milliseconds. */
const STAY_TO_ACT = 12_000;
const listeners = new Set<() => void>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let notes: readonly Note[] = [];
let count = 0;

function change(next: readonly Note[]): void {
  notes = next;
  for (const listener of listeners) listener();
}

export function toast(text: string, tone: Note["tone"] = "good", ...actions: ToastAction[]): void {
  const note = { id: (count += 1), text, tone, actions };
  change([...notes, note]);
  wait(note);
}

function wait({ id, tone, actions }: Note): void {
  timers.set(id, setTimeout(() => dismiss(id), actions.length > 0 ? STAY_TO_ACT : STAY[tone]));
}

function hold({ id }: Note): void {
  clearTimeout(timers.get(id));
}

function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  change(notes.filter((each) => each.id !== id));
}

/** Another person's are none of the next one's business. */
export function forgetToasts(): void {
  for (const { id } of notes) dismiss(id);
}

/** To what the newest note offers; false when none offers anything. */
export function reachNote(): boolean {
  const offers = [...document.querySelectorAll<HTMLElement>(".toast")].map((each) => each.querySelector<HTMLElement>(".toast-action"));
  const offer = offers.filter((each) => each !== null).at(-1);
  offer?.focus();
  return offer !== undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => notes);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((note) => <Toast key={note.id} note={note} />)}
    </div>
  );
}

function Toast({ note }: { note: Note }) {
  const act = (action: ToastAction) => {
    dismiss(note.id);
    action.run();
  };
  return (
    <div className={`toast toast-${note.tone}`} onMouseEnter={() => hold(note)} onMouseLeave={() => wait(note)} onFocus={() => hold(note)} onBlur={() => wait(note)}>
      <Icon name={note.tone === "good" ? "check" : "alert"} />
      {note.text}
      {note.actions.map((action) => (
        <button key={action.label} type="button" className="toast-action" onClick={() => act(action)}>{action.label}</button>
      ))}
      {note.actions.length > 0 && <button type="button" className="toast-close" aria-label={messages.app.close} onClick={() => dismiss(note.id)}>×</button>}
    </div>
  );
}
