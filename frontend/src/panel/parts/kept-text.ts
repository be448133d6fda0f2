/** A text typed into a dialog is there again when the dialog is, until it was sent or the tab ends: whatever closed it. */
import { useState } from "react";

const ITEM = "digisence-texts";

function all(): Record<string, string> {
  return JSON.parse(sessionStorage.getItem(ITEM) ?? "{}") as Record<string, string>;
}

function keep(key: string, text: string): void {
  const { [key]: _before, ...others } = all();
  sessionStorage.setItem(ITEM, JSON.stringify(text === "" ? others : { ...others, [key]: text }));
}

/** Another person's are none of the next one's business. */
export function forgetTexts(): void {
  sessionStorage.removeItem(ITEM);
}

/** `key`: what it is for, a record say. An empty text is kept nowhere. */
export function useKeptText(key: string): [string, (text: string) => void] {
  const [typed, setTyped] = useState<{ key: string; text: string }>();
  const text = typed?.key === key ? typed.text : (all()[key] ?? "");
  const change = (next: string) => {
    setTyped({ key, text: next });
    keep(key, next);
  };
  return [text, change];
}
