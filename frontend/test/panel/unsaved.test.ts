import { renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { aroundNav, leave, useUnsaved } from "../../src/panel/ui/unsaved";

test("one leaves freely unless something would be lost, and after it was saved", () => {
  const go = vi.fn();
  leave(go);
  const { result, rerender, unmount } = renderHook(({ dirty }) => useUnsaved(dirty), { initialProps: { dirty: false } });
  leave(go);
  expect(go).toHaveBeenCalledTimes(2);
  rerender({ dirty: true });
  result.current();
  leave(go);
  expect(go).toHaveBeenCalledTimes(3);
  unmount();
  leave(go);
  expect(go).toHaveBeenCalledTimes(4);
});

test("another page or another record is asked about, another filter of the same is not", () => {
  history.replaceState(null, "", "/records/users?record=a");
  const navigate = vi.fn();
  renderHook(() => useUnsaved(true));
  aroundNav(navigate, "/records/users?record=a&search=x");
  expect(navigate).toHaveBeenCalledTimes(1);
  aroundNav(navigate, "/records/users?record=b");
  aroundNav(navigate, "/records/businesses");
  expect(navigate).toHaveBeenCalledTimes(1);
  const event = new Event("beforeunload", { cancelable: true });
  globalThis.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
});
