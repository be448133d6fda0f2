import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepFocus } from "../../src/panel/shell/focus";

let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = `
    <nav><a id=home href="/">Home</a></nav>
    <main id=main><p id=acts><button id=edit>Edit</button><button id=delete>Delete</button></p><input id=search><ul id=list><li><button id=one>1</button></li><li><button id=two>2</button></li></ul></main>
    <div id=dialog role=dialog><input id=text><button id=sure>Sure</button></div>`;
  stop = keepFocus();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

const at = (id: string) => document.getElementById(id)!;

async function remove(...ids: string[]): Promise<void> {
  for (const id of ids) at(id).remove();
  (document.activeElement as HTMLElement | null)?.isConnected || document.body.focus();
  await vi.advanceTimersByTimeAsync(200);
}

test("the focus goes to what stood next to what is gone", async () => {
  at("one").focus();
  await remove("one");
  expect(document.activeElement).toBe(at("two"));
  await remove("two");
  expect(document.activeElement).toBe(at("delete")); // the list is empty; a field would swallow the page's keys
});

test("when a dialog goes and what opened it, too, it goes to where that stood", async () => {
  at("edit").focus();
  at("sure").focus();
  await remove("edit", "dialog");
  expect(document.activeElement).toBe(at("delete"));
});

test("when what opened it is there, it has the focus again", async () => {
  at("edit").focus();
  for (let presses = 0; presses < 10; presses += 1) for (const id of ["text", "sure"]) at(id).focus();
  await remove("dialog");
  expect(document.activeElement).toBe(at("edit"));
});

test("whoever has a better place in mind is not disturbed, nor who pointed elsewhere", async () => {
  at("one").focus();
  at("one").remove();
  at("search").focus();
  await vi.advanceTimersByTimeAsync(200);
  expect(document.activeElement).toBe(at("search"));
  at("two").focus();
  at("main").dispatchEvent(new Event("pointerdown", { bubbles: true }));
  await remove("two");
  expect(document.activeElement).toBe(document.body);
});

test("a field that somebody left does not get the focus back because some button changed", async () => {
  at("search").focus();
  at("search").blur();
  (at("delete") as HTMLButtonElement).disabled = true;
  await vi.advanceTimersByTimeAsync(200);
  expect(document.activeElement).toBe(document.body);
});

test("a button that was disabled while it worked has the focus again", async () => {
  const edit = at("edit") as HTMLButtonElement;
  edit.focus();
  edit.disabled = true;
  edit.blur();
  await vi.advanceTimersByTimeAsync(200);
  edit.disabled = false;
  await vi.advanceTimersByTimeAsync(200);
  expect(document.activeElement).toBe(edit);
});
