import { beforeEach, expect, test, vi } from "vitest";
import { isSignedIn, noteSignedIn, onAnother } from "../../src/panel/auth/signed-in";
import type { User } from "../../src/panel/types";

const [one, other] = ["one", "other"].map((id) => ({ id }) as User) as [User, User];

beforeEach(() => localStorage.clear());

test("whoever signed in last is signed in; of nobody nobody knows", () => {
  expect(isSignedIn(one)).toBe(true);
  noteSignedIn(other);
  expect([isSignedIn(one), isSignedIn(other)]).toEqual([false, true]);
  noteSignedIn(undefined);
  expect(isSignedIn(one)).toBe(true);
});

test("where there is no room for a name, none is left of whoever was here before", () => {
  noteSignedIn(one);
  const here = localStorage;
  const setItem = () => {
    throw new DOMException("Full.", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { setItem, getItem: (name: string) => here.getItem(name), removeItem: (name: string) => here.removeItem(name) });
  expect(isSignedIn(other)).toBe(false);
  noteSignedIn(other);
  expect(isSignedIn(other)).toBe(true);
  vi.unstubAllGlobals();
});

test("another tab tells of another person, and of nobody else", () => {
  const act = vi.fn();
  const stop = onAnother(one, act);
  noteSignedIn(one);
  globalThis.dispatchEvent(new Event("storage"));
  expect(act).not.toHaveBeenCalled();
  noteSignedIn(other);
  globalThis.dispatchEvent(new Event("storage"));
  expect(act).toHaveBeenCalledTimes(1);
  stop();
});

test("a tab at the door hears of whoever signs in elsewhere", () => {
  const act = vi.fn();
  const stop = onAnother(undefined, act);
  globalThis.dispatchEvent(new Event("storage"));
  expect(act).not.toHaveBeenCalled();
  noteSignedIn(one);
  globalThis.dispatchEvent(new Event("storage"));
  expect(act).toHaveBeenCalledTimes(1);
  stop();
});
