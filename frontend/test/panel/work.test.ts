/** The queues' pure parts: what an approval sends, where to go next, which figures a job tells, what a mail says. */
import { describe, expect, it } from "vitest";
import { rowsOf } from "../../src/panel/health/compare";
import { argumentsOf, progressOf, tookOf } from "../../src/panel/jobs/progress";
import { address, merged } from "../../src/panel/parts/params";
import { filled } from "../../src/panel/parts/mail";
import { every } from "../../src/panel/parts/words";
import { bodyOf } from "../../src/panel/work/fields";
import { filtersOf, neighbour, QUEUES, successor } from "../../src/panel/work/queues";

const rec = (id: string, fields = {}) => ({ id, version: 1, ...fields });

describe("approving", () => {
  const application = rec("a", { type: "BUSINESS", name: "Ada", email: "ada@example.org", website: "x", businessName: null });

  it("sends only what differs from the application, emptied as null", () => {
    expect(bodyOf(application, { name: "Ada", businessName: "Bee", website: "", isActive: false, slug: "bee" })).toEqual({ businessName: "Bee", website: null, isActive: false, slug: "bee" });
    expect(bodyOf(application, {})).toEqual({});
  });
});

describe("going through a queue", () => {
  const items = ["a", "b", "c"].map((id) => rec(id));

  it("goes on to the next, at the end back to the last", () => {
    expect(neighbour(items, "", 1)?.id).toBe("a");
    expect(neighbour(items, "a", -1)).toBeUndefined();
    expect([successor(items, "a"), successor(items, "c"), successor([rec("a")], "a")]).toEqual(["b", "b", ""]);
  });

  it("has one's own only where somebody can have it in hand", () => {
    expect(Object.keys(filtersOf(QUEUES.inquiries, "me"))).not.toContain("mine");
    expect(filtersOf(QUEUES.listings, "me")["mine"]).toEqual({ status: "PENDING,UNDER_REVIEW,APPROVED", assignedTo: "me" });
  });
});

describe("small things", () => {
  it("fills a mail in, and leaves what is not known", () => {
    expect(filled("Hello $name, $reason", { name: "Ann" })).toBe("Hello Ann, $reason");
  });

  it("keeps filters in the address and goes back to page 1", () => {
    expect(String(merged(new URLSearchParams("state=x&page=3&record=r"), { state: "" }))).toBe("record=r");
    expect(String(merged(new URLSearchParams("page=3"), { record: "r" }))).toBe("page=3&record=r");
    expect(address("/a", { b: "", c: 1, d: undefined })).toBe("/a?c=1");
  });

  it("tells a job's progress and time", () => {
    expect(progressOf({ seen: 5, total: 10 })).toEqual({ share: 0.5, text: "5 of 10" });
    expect(progressOf({})).toBeNull();
    expect(tookOf({ startedAt: "2026-01-01T00:00:00Z", endedAt: "2026-01-01T00:00:01.5Z" })).toBe("1.5 s");
    expect(argumentsOf({ properties: { a: { type: "string" }, n: { type: "integer" } }, required: ["a"] })).toEqual([{ name: "a", required: true, number: false }, { name: "n", required: false, number: true }]);
    expect([every(600), every(86_400), every(90)]).toEqual(["10 min", "1 d", "90 s"]);
  });

  it("marks what differs between a snapshot and what stands", () => {
    expect(rowsOf({ a: 1, b: 2 }, { a: 1, b: 3, c: null })).toEqual([{ field: "a", differs: false }, { field: "b", differs: true }, { field: "c", differs: false }]);
    expect(rowsOf({ a: 1 }, undefined)).toEqual([{ field: "a", differs: false }]);
  });
});
