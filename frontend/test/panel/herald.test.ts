import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EVERY, Herald, type State, type Told } from "../../src/panel/record/herald";
import { initials } from "../../src/panel/record/others";

const ADA: Told = { people: [{ userId: "ada", state: "looking" }], at: "1" };
let said: State[];
let heard: (Told | undefined)[];
let answer: () => Promise<Told>;

beforeEach(() => {
  vi.useFakeTimers();
  [said, heard, answer] = [[], [], () => Promise.resolve(ADA)];
});
afterEach(() => void vi.useRealTimers());

function herald(): Herald {
  const say = (state: State) => {
    said.push(state);
    return answer();
  };
  return new Herald(say, (told) => heard.push(told));
}

test("what is done is said at once, again while it lasts, and once when it ends", async () => {
  const one = herald();
  one.be("looking");
  await vi.advanceTimersByTimeAsync(2 * EVERY);
  one.be("editing");
  await vi.advanceTimersByTimeAsync(0);
  one.be("gone");
  await vi.advanceTimersByTimeAsync(10 * EVERY);
  expect(said).toEqual(["looking", "looking", "looking", "editing", "gone"]);
  expect(heard).toEqual([ADA, ADA, ADA, ADA]);
});

test("one word at a time: what is last is said last, however slow the server is", async () => {
  let free: (told: Told) => void = () => undefined;
  answer = () => new Promise((done) => (free = done));
  const one = herald();
  one.be("looking");
  one.be("editing");
  one.be("gone");
  expect(said).toEqual(["looking"]);
  free(ADA);
  await vi.advanceTimersByTimeAsync(0);
  free(ADA);
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(said).toEqual(["looking", "gone"]);
  expect(heard).toEqual([]);
});

test("while the server is away it is asked on, and soon nobody is shown", async () => {
  answer = () => Promise.reject(new Error("away"));
  const one = herald();
  one.be("looking");
  await vi.advanceTimersByTimeAsync(3 * EVERY);
  expect(heard).toEqual([undefined]);
  answer = () => Promise.resolve(ADA);
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(heard).toEqual([undefined, ADA]);
});

test("a page that goes says so without waiting, and nothing when it had said nothing", async () => {
  const one = herald();
  one.vanish();
  one.be("looking");
  await vi.advanceTimersByTimeAsync(0);
  one.vanish();
  await vi.advanceTimersByTimeAsync(5 * EVERY);
  expect(said).toEqual(["looking", "gone"]);
});

test("two letters stand for a person", () => {
  expect(["Ada Byron", "ada.byron@example.org", "root@localhost", "Ünal", ""].map(initials)).toEqual(["AB", "AB", "RO", "ÜN", "?"]);
});
