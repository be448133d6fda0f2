/** The three queues: where their entries lie, which states they go through, and who has one in hand. Pure. */
import type { Rec } from "../../realtime";
import { words } from "./words";

export type QueueName = "registrations" | "listings" | "inquiries";

export interface Queue {
  name: QueueName;
  resource: string;
  /** As in the stream's counts. */
  states: readonly string[];
  /** The states in which somebody has to do something. */
  waiting: readonly string[];
  /** The field that says who has it in hand. */
  who?: "reviewedBy" | "assignedTo";
  title: (record: Rec) => string;
  under: (record: Rec) => string;
}

const REVIEW = ["PENDING", "UNDER_REVIEW", "APPROVED", "REJECTED", "COMPLETED"];
const text = (value: unknown) => (typeof value === "string" ? value : "");

export const QUEUES: Record<QueueName, Queue> = {
  registrations: {
    name: "registrations", resource: "registration-inquiries", states: REVIEW, waiting: ["PENDING", "UNDER_REVIEW"], who: "reviewedBy",
    title: ({ name, email }) => text(name) || text(email),
    under: ({ businessName, profession, type }) => text(type === "BUSINESS" ? businessName : profession),
  },
  listings: {
    name: "listings", resource: "business-listing-inquiries", states: REVIEW, waiting: ["PENDING", "UNDER_REVIEW", "APPROVED"], who: "assignedTo",
    title: ({ businessName }) => text(businessName),
    under: ({ contactName }) => text(contactName),
  },
  inquiries: {
    name: "inquiries", resource: "inquiries", states: ["NEW", "READ", "REPLIED", "CLOSED"], waiting: ["NEW", "READ"],
    title: ({ name, email }) => text(name) || text(email),
    under: ({ message }) => text(message),
  },
};

export const NAMES = Object.keys(QUEUES) as QueueName[];

/** What a filter is called in the address, and what it asks for. */
export function filtersOf(queue: Queue, me: string | undefined): Record<string, Record<string, string>> {
  const mine = queue.who && me ? { mine: { status: queue.waiting.join(","), [queue.who]: me } } : {};
  const single = Object.fromEntries(queue.states.map((state) => [state, { status: state }]));
  return { waiting: { status: queue.waiting.join(",") }, ...mine, ...single, all: {} };
}

/** What waits longest comes first; of what is decided, the newest. */
export function sortOf(queue: Queue, filter: string): string {
  const open = filter === "waiting" || filter === "mine" || queue.waiting.includes(filter);
  return open ? "createdAt" : "-updatedAt";
}

/** The entry after (1) or before (-1) the one chosen; the first when none is. */
export function neighbour(items: readonly Rec[], id: string, step: 1 | -1): Rec | undefined {
  const at = items.findIndex((item) => item.id === id);
  if (at < 0) return items[0];
  return items[at + step];
}

/** Where to go when the chosen one leaves the queue: what stood after it, else before it. */
export function successor(items: readonly Rec[], id: string): string {
  return (neighbour(items, id, 1) ?? neighbour(items, id, -1))?.id ?? "";
}

export function stateName(state: string): string {
  return words.states[state] ?? state;
}
