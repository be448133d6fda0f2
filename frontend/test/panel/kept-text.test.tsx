import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { forgetTexts, useKeptText } from "../../src/panel/parts/kept-text";
import { reveal } from "../../src/panel/shell/navigation";

beforeEach(() => sessionStorage.clear());

test("what was typed for a record is there again, for that record alone, until it was sent", () => {
  const first = renderHook(({ key }) => useKeptText(key), { initialProps: { key: "reject a" } });
  act(() => first.result.current[1]("Not in this town"));
  first.rerender({ key: "reject b" });
  expect(first.result.current[0]).toBe("");
  first.unmount();
  const again = renderHook(() => useKeptText("reject a"));
  expect(again.result.current[0]).toBe("Not in this town");
  act(() => again.result.current[1](""));
  again.unmount();
  expect(renderHook(() => useKeptText("reject a")).result.current[0]).toBe("");
});

test("the next person finds none of it", () => {
  const mine = renderHook(() => useKeptText("reject a"));
  act(() => mine.result.current[1]("Mine"));
  forgetTexts();
  expect(renderHook(() => useKeptText("reject a")).result.current[0]).toBe("");
});

test.each([
  { at: 700, scrolled: 0, to: 140 },
  { at: 40, scrolled: 0, to: 0 },
  { at: -100, scrolled: 300, to: 160 },
])("the sections are scrolled to the page one is at ($at)", ({ at, scrolled, to }) => {
  const sections = document.createElement("div");
  sections.innerHTML = "<a aria-current=page></a>";
  const box = (top: number, height: number) => () => ({ top, height, bottom: top + height }) as DOMRect;
  sections.getBoundingClientRect = box(0, 640);
  sections.querySelector("a")!.getBoundingClientRect = box(at, 40);
  sections.scrollTop = scrolled;
  reveal(sections);
  expect(sections.scrollTop).toBe(to);
});
