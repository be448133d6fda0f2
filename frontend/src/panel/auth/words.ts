/** What a refusal at the door means to the person in front of it. */
import { RequestFailed } from "../../realtime";
import { messages } from "../messages";

const told: Record<string, string> = {
  "invalid-credentials": messages.auth.invalid,
  "invalid-totp": messages.auth.invalidCode,
};

export function sentence(error: unknown): string {
  if (!(error instanceof RequestFailed)) return String(error);
  if (error.status === 429) return messages.auth.slowDown(error.retryAfter);
  return told[error.code] ?? (error.fields.map((field) => field.message).join(" ") || error.message);
}
