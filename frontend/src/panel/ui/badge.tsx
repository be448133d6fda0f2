/** A state in one word, by colour and text. */
import { messages } from "../messages";

export type Tone = "good" | "bad" | "warn" | "info" | "plain";

const TONES: Record<string, Tone> = {
  active: "good", inactive: "plain",
  NEW: "info", READ: "plain", REPLIED: "good", CLOSED: "plain",
  PENDING: "warn", UNDER_REVIEW: "info", APPROVED: "good", REJECTED: "bad", COMPLETED: "good",
  SUPER_ADMIN: "info", BUSINESS_ADMIN: "plain", PROFESSIONAL_ADMIN: "plain", BUSINESS: "plain", PROFESSIONAL: "plain", PRODUCT: "plain",
};

export function Badge({ tone, children }: { tone: Tone; children: React.ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

/** A value of an enumeration; one without a translation is shown as it is. */
export function Value({ value }: { value: string }) {
  return <Badge tone={TONES[value] ?? "plain"}>{messages.values[value] ?? value}</Badge>;
}
