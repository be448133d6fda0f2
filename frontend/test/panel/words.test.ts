import { expect, test } from "vitest";
import { whatChanged } from "../../src/panel/audit/words";
import { sentence } from "../../src/panel/auth/words";
import { messages } from "../../src/panel/messages";
import { RequestFailed } from "../../src/realtime";

test.each([
  [new RequestFailed(401, "invalid-credentials", "no"), messages.auth.invalid],
  [new RequestFailed(401, "invalid-totp", "no"), messages.auth.invalidCode],
  [new RequestFailed(429, "too-many-requests", "no", [], 60), messages.auth.slowDown(60)],
  [new RequestFailed(422, "invalid", "Some fields are not valid.", [{ field: "password", message: "Too short." }]), "Too short."],
  [new RequestFailed(410, "link-not-valid", "This link was used before."), "This link was used before."],
  [new Error("else"), "Error: else"],
])("%s is told as: %s", (error, told) => {
  expect(sentence(error)).toBe(told);
});

test("a password that was changed is named in the audit trail", () => {
  expect(whatChanged({ action: "updated", secrets: ["password"], fields: ["mustChangePassword"] })).toBe("Password, Must change password");
  expect(whatChanged({ action: "created", secrets: ["password"], fields: ["email"] })).toBe("");
});
