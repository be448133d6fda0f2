import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Early } from "../../src/panel/shell/early";

let early: Early;
const page = vi.fn();

function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  document.body.dispatchEvent(event);
  return event.defaultPrevented;
}

beforeEach(() => {
  vi.useFakeTimers();
  early = new Early();
  page.mockClear();
  document.addEventListener("keydown", page);
});
afterEach(() => {
  early.stop();
  document.removeEventListener("keydown", page);
  vi.useRealTimers();
});

test("letters typed before the field is there are kept for it, and mean nothing to the page", () => {
  early.begin();
  for (const key of ["c", "a", "x", "Backspace", "f", "é"]) expect(press(key)).toBe(true);
  expect(press("Enter")).toBe(true);
  expect(page).not.toHaveBeenCalled();
  expect(early.take()).toBe("café");
  expect(press("g")).toBe(false);
  expect(page).toHaveBeenCalledTimes(1);
  expect(early.take()).toBe("");
});

test("Escape, Tab and the browser's own keys are left alone", () => {
  early.begin();
  for (const [key, more] of [["Escape", {}], ["Tab", {}], ["r", { ctrlKey: true }]] as const) expect(press(key, more)).toBe(false);
  expect(early.take()).toBe("");
});

test("who points elsewhere has the keys there", () => {
  early.begin();
  document.dispatchEvent(new Event("pointerdown"));
  expect(press("a")).toBe(false);
});

test("a field that does not come does not keep the keys", () => {
  early.begin();
  vi.advanceTimersByTime(5_000);
  expect(press("j")).toBe(false);
  expect(page).toHaveBeenCalledTimes(1);
});
