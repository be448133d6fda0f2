/** What was typed and is not saved is not lost without asking: on the way to another page, and out of the panel. */
import { Button, Group } from "@mantine/core";
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type { AroundNavHandler } from "wouter";
import { messages } from "../messages";
import { Dialog } from "./dialog";

const words = messages.unsaved;
const holders = new Set<object>();
const listeners = new Set<() => void>();
let waiting: (() => void) | undefined;

function ask(go: (() => void) | undefined): void {
  waiting = go;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Holds the page while `dirty`. What it returns lets go at once: the work is saved. */
export function useUnsaved(dirty: boolean): () => void {
  const me = useRef({});
  useEffect(() => {
    if (!dirty) return;
    const holder = me.current;
    const warn = (event: BeforeUnloadEvent) => holders.has(holder) && event.preventDefault();
    holders.add(holder);
    globalThis.addEventListener("beforeunload", warn);
    return () => {
      holders.delete(holder);
      globalThis.removeEventListener("beforeunload", warn);
    };
  }, [dirty]);
  return useCallback(() => void holders.delete(me.current), []);
}

/** Goes there, after asking where something would be lost. */
export function leave(go: () => void): void {
  if (holders.size === 0) go();
  else if (waiting === undefined) ask(go);
}

/** A step that stays at the same page and record loses nothing. */
function leads(to: string): boolean {
  const next = new URL(to, location.href);
  const record = new URLSearchParams(location.search).get("record");
  return next.pathname !== location.pathname || next.searchParams.get("record") !== record;
}

/** For the router: every link and every step of the panel's own comes by here. */
export const aroundNav: AroundNavHandler = (navigate, to, options) => {
  if (leads(to)) leave(() => navigate(to, options));
  else navigate(to, options);
};

let here = globalThis.location?.href ?? "";

/** Back and forward have happened when one hears of them: one is put back where one was, and asked. */
function turnBack(event: PopStateEvent): void {
  const there = location.href;
  if (holders.size === 0 || there === here) return;
  event.stopImmediatePropagation();
  history.pushState(null, "", here);
  leave(() => history.back());
}

function remember(): void {
  here = location.href;
}

if (globalThis.addEventListener !== undefined) {
  globalThis.addEventListener("popstate", turnBack, true);
  for (const name of ["popstate", "pushState", "replaceState"]) globalThis.addEventListener(name, remember);
}

export function LeaveQuestion() {
  const go = useSyncExternalStore(subscribe, () => waiting);
  const stay = () => ask(undefined);
  const discard = () => {
    holders.clear();
    ask(undefined);
    go?.();
  };
  return (
    <Dialog above opened={go !== undefined} onClose={stay} title={words.title}>
      <p>{words.text}</p>
      <Group gap="xs" justify="flex-end" mt="lg">
        <Button variant="default" onClick={discard}>{words.discard}</Button>
        <Button onClick={stay} data-autofocus>{words.stay}</Button>
      </Group>
    </Dialog>
  );
}
