/** The steps of a verification, put together: what holds is added up, where it goes on is the last step's. */
import { expect, it } from "vitest";
import { standing, together } from "../../src/panel/audit/steps";
import type { AuditVerdict } from "../../src/panel/generated/wire";

const step = (values: Partial<AuditVerdict>): AuditVerdict => ({
  intact: null, next: null, sealed: 0, compacted: 0, unsealed: 0, witnessed: 0, verifiedTo: null, digest: null, newest: null, broken: null, ...values,
});

it("adds up what holds and keeps the last seal that does", () => {
  const first = together(undefined, step({ next: "seals-40-aa", sealed: 40, compacted: 3, verifiedTo: 40, digest: "aa", newest: 100 }));
  expect(standing(first)).toEqual({ part: "seals", share: 0.4 });
  const second = together(first, step({ next: "outside", sealed: 60, verifiedTo: 100, digest: "bb", newest: 100, unsealed: 2 }));
  expect(standing(second)).toEqual({ part: "outside", share: null });
  const third = together(second, step({ intact: true, witnessed: 7, newest: 101, unsealed: 1 }));
  expect(third).toEqual({ intact: true, next: null, sealed: 100, compacted: 3, unsealed: 1, witnessed: 7, verifiedTo: 100, digest: "bb", newest: 101, broken: null });
});

it("begins at nothing", () => {
  expect(standing(undefined)).toEqual({ part: "seals", share: 0 });
  expect(standing(step({ next: "changes-50000" }))).toEqual({ part: "changes", share: null });
});
