/** What the panel keeps of edits that waited: told once for all, refused ones until somebody has decided. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { MantineProvider } from "@mantine/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EditsPill } from "../../src/panel/edits/pill";
import { current, decide, drop, forget, putOff, tell } from "../../src/panel/edits/refused";
import { submit } from "../../src/panel/edits/submit";
import { words } from "../../src/panel/edits/words";
import { RecordForm } from "../../src/panel/record/form";
import { resourceNamed } from "../../src/panel/resources";
import { forgetToasts, Toasts } from "../../src/panel/ui/toasts";
import { Conflict, RealtimeProvider, RequestFailed, type Late, type RealtimeData, type Rec } from "../../src/realtime";
import { unsent } from "../../src/realtime/errors";
import { FakeSource } from "../realtime/doubles";
import { business, Stage } from "../realtime/stage";
import { begin, ONE, write } from "../realtime/writing";

let stage: Stage;
const businesses = resourceNamed("businesses")!;
const note = { title: "Café", before: { phone: "1" } };
const edit = { resource: "businesses", id: "a", fields: { phone: "2" }, note };
const of = (mutation: string, error?: unknown, calledOff = false): Late => ({ mutation, edit, since: 0, calledOff, ...(error === undefined ? { outcome: business(2) } : { error }) });
const clash = new Conflict("precondition-failed", "Changed.", [{ field: "phone", message: "was changed" }], business(2, { phone: "9" }));
const wrong = new RequestFailed(422, "validation", "Wrong.", [{ field: "phone", message: "No phone number." }]);

beforeEach(async () => {
  stage = new Stage({ onLate: (late) => tell(late, stage.realtime.status().waiting) });
  await begin(stage);
});
afterEach(() => {
  forget();
  cleanup();
  stage.close();
});

function draw() {
  render(<MantineProvider><RealtimeProvider realtime={stage.realtime}><EditsPill /><Toasts /></RealtimeProvider></MantineProvider>);
}

async function cut(): Promise<void> {
  stage.away = true;
  FakeSource.last.fail();
  await act(() => stage.pass(0));
}

test("a refused edit is kept with what was wanted, what stood there and why; a conflict is told apart", () => {
  tell(of("m", clash), 1);
  tell(of("n", wrong), 0);
  expect(current().refused).toMatchObject([
    { mutation: "m", title: "Café", before: { phone: "1" }, yours: { phone: "2" }, conflict: true, wrong: {} },
    { mutation: "n", conflict: false, wrong: { phone: "No phone number." } },
  ]);
  const leaving = new Event("beforeunload", { cancelable: true });
  globalThis.dispatchEvent(leaving);
  expect(leaving.defaultPrevented).toBe(true);
});

test("it is decided, put off or dropped; another person finds none of it", () => {
  tell(of("m", wrong), 0);
  const [one] = current().refused;
  decide(one!);
  putOff(one!);
  expect(current()).toMatchObject({ refused: [one], deciding: undefined });
  decide(one!);
  drop(one!);
  expect(current()).toMatchObject({ refused: [], deciding: undefined });
  draw();
  act(() => tell(of("n", wrong), 0));
  expect(screen.getAllByText(words.toDecide(1))).not.toEqual([]);
  forget();
  act(forgetToasts);
  expect(current().refused).toEqual([]);
  expect(screen.queryByText(words.toDecide(1))).toBeNull();
});

test("what was called off and then refused is over; whether it was made may be in doubt", () => {
  tell(of("m", clash, true), 0);
  tell(of("n", wrong, true), 0);
  expect(current().refused).toEqual([]);
  tell(of("o", unsent("unsure"), true), 0);
  expect(current().refused).toHaveLength(1);
});

test.each(["called-off", "closed", "signed-out"] as const)("nobody has to decide on what was %s", (code) => {
  tell(of("m", unsent(code)), 0);
  expect(current().refused).toEqual([]);
});

test("what the way back brings is told once, and what came too late is said", async () => {
  draw();
  act(() => {
    tell(of("a"), 2);
    tell(of("b", clash), 1);
    tell(of("c"), 0);
    tell(of("d", undefined, true), 0);
  });
  expect([...document.querySelectorAll(".toast")].slice(-3).map(({ textContent }) => textContent)).toEqual([
    "The server is back: 2 changes that waited are saved.",
    "1 change that waited was refused.Look×",
    "Too late: the change of Café had been made already.",
  ]);
});

test("while the server is away edits wait, are counted, can be called off, and the rest goes out", async () => {
  const { written } = write(stage, business(1));
  draw();
  await cut();
  expect(screen.queryByRole("button", { name: /edit/ })).toBeNull();
  const outcomes = await act(() => Promise.all(["2", "3"].map((phone) => submit(stage.realtime, businesses, business(1), { phone }))));
  expect(outcomes).toEqual(["waits", "waits"]);
  fireEvent.click(screen.getByRole("button", { name: "2 edits wait" }));
  await act(() => stage.pass(500));
  fireEvent.click(screen.getAllByRole("button", { name: "Call off the change of Old" })[1]!);
  stage.away = false;
  await act(() => stage.pass(5_000));
  expect(written).toEqual([{ phone: "2" }]);
  expect(screen.queryByRole("button", { name: /wait/ })).toBeNull();
});

test.each([[0, 0, ""], [1, 0, "1 edit waits"], [3, 0, "3 edits wait"], [0, 2, "2 edits refused"], [1, 2, "3 edits: 1 waits, 2 refused"]])("%i that wait and %i refused are told in few words", (waiting, refused, told) => {
  expect(words.told(waiting, refused)).toBe(told);
});

test.each([
  { name: "Discard mine", left: 0, error: clash },
  { name: "Cancel", left: 1, error: clash },
  { name: "Cancel", left: 1, error: unsent("waited-too-long") },
])("what was refused ($error.code) stands in its form with the question; $name leaves $left to decide", async ({ name, left, error }) => {
  Object.assign(document, { fonts: new EventTarget() }); // which a text area that grows asks for, and this document lacks
  tell(of("m", error), 0);
  const close = vi.fn();
  const live = { refresh: () => Promise.resolve() } as RealtimeData<Rec>;
  const record = business(2, { phone: "9", name: "Café" });
  render(<MantineProvider><RealtimeProvider realtime={stage.realtime}><RecordForm resource={businesses} record={record} gone={false} live={live} refused={current().refused[0]} onClose={close} /></RealtimeProvider></MantineProvider>);
  await act(() => stage.pass(0));
  expect(screen.getByDisplayValue("2").id).toBe((screen.getByText("Phone", { selector: "label" }) as HTMLLabelElement).htmlFor);
  expect(screen.getByRole("group", { name: "Phone" }).textContent).toContain("9");
  fireEvent.click(screen.getByRole("button", { name }));
  expect(close).toHaveBeenCalledTimes(1); // and nobody is asked: it is not lost
  expect(current().refused).toHaveLength(left);
});

test("online nothing waits: an edit gives the record or its refusal, and nothing is told late", async () => {
  write(stage, business(1));
  expect(await submit(stage.realtime, businesses, business(1), { phone: "2" })).toMatchObject({ version: 2 });
  stage.answers[`PATCH ${ONE}`] = () => new Response(JSON.stringify({ code: "validation", errors: [{ field: "phone", message: "No." }] }), { status: 422, headers: { "Content-Type": "application/problem+json" } });
  await expect(submit(stage.realtime, businesses, business(2), { phone: "x" })).rejects.toMatchObject({ status: 422 });
  expect(current().refused).toEqual([]);
});
