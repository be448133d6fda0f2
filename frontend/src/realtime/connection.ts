/** How things stand with the server, in stable words for programs and a sentence each for people. */
import type { Position } from "./types";

export type ConnectionState = "live" | "polling" | "offline";
export type Transport = "sse" | "websocket";

/** Why the connection is not live. What a later server says in `bye` is passed on as it is. */
export const REASONS = {
  connecting: "The live connection is being opened.",
  silent: "The live connection fell silent. A proxy in between may hold back what the server sends.",
  cut: "The live connection was cut. It is being opened again.",
  refused: "The server refuses a live connection. Data is fetched at intervals instead.",
  limit: "Too many live connections are open. Data is fetched at intervals until one is free.",
  "feed-down": "The server's live feed is away for the moment. Data is fetched at intervals until it is back.",
  drain: "The server is being restarted. The live connection comes back by itself.",
  lifetime: "The server ended the live connection because of its age. It comes back by itself.",
  disconnected: "An administrator ended this live connection. It comes back by itself.",
  network: "This device has no network.",
  "server-down": "The server does not answer. This page goes on trying.",
  revoked: "The session was ended. Sign in again.",
  expired: "The session ran out. Sign in again.",
  "signed-out": "You are signed out. Sign in again.",
  disabled: "Live connections are turned off. Data is fetched at intervals.",
  asleep: "This page is in the background. It catches up as soon as it is looked at.",
  pretended: "This page pretends to be offline.",
  closed: "The live connection is closed.",
} as const;

export type Reason = keyof typeof REASONS;

/** Edits that the server has not confirmed yet, of all resources, as far as this tab made them. */
export interface Unconfirmed {
  pending: number;
  /** Of these, those that wait because the server could not be reached. */
  waiting: number;
}

export interface LinkState {
  state: ConnectionState;
  /** What carries the messages; absent while nothing does. */
  transport?: Transport | undefined;
  /** Why it is not live; absent while it is. */
  reason?: Reason | undefined;
  /** Since when (epoch milliseconds) the state holds. */
  since: number;
  /** The newest position seen on the stream. */
  position?: Position | undefined;
  /** When anything, a heartbeat included, last came. */
  lastSeen?: number | undefined;
  /** Failed attempts in a row. */
  attempts: number;
  /** When the next attempt is due (epoch milliseconds), while one is waited for. */
  retryAt?: number | undefined;
  /** Whether this tab holds the stream for all tabs of the browser. */
  leads: boolean;
}

export interface Connection extends LinkState, Unconfirmed {}

/** A sentence for the reason why it is not live; nothing while it is. */
export function reasonInWords(connection: LinkState): string | undefined {
  return connection.reason && (REASONS[connection.reason] ?? REASONS.cut);
}
