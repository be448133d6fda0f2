/** The words of the pages about the live stream. */
import { titles } from "../shell/titles";
import { formatNumber } from "../messages";

export const words = {
  debug: { title: titles.debug },
  connections: {
    title: titles.connections,
    explain: "Who has a live stream open, in every process. A stream that is ended gets a farewell; its client may come back.",
    columns: { who: "Who", from: "From", since: "Since", behind: "Behind", sent: "Sent", process: "Process", act: "Action" },
    all: "everything",
    topics: (names: string[]) => `only ${names.join(", ")}`,
    fellBehind: "fell behind",
    messages: (count: number) => (count === 1 ? "1 message" : `${formatNumber(count)} messages`),
    end: "End",
    endOf: (who: string) => `End the stream of ${who}`,
    endTitle: "End this stream?",
    endText: (who: string, address: string) => `The stream of ${who} at ${address} is closed. A browser opens another one by itself; to keep somebody out, end their sessions.`,
    endConfirm: "End the stream",
    ended: "The stream was told to end.",
    empty: "Nobody listens",
    emptyHint: "Whoever opens the panel, or a program that follows the stream, appears here.",
    transports: { sse: "SSE", ws: "WebSocket" } as Record<string, string>,
  },
  status: {
    title: "The server's side",
    all: "Connections",
    feed: "Feed",
    alive: "running",
    dead: "not running",
    unknown: "not known",
    relay: "Relay",
    publisherAway: "Redis takes no publications. Changes wait and are published when it is back.",
    relayDead: "The relay does not run: changes wait to be published.",
    figures: { streams: "Streams", deliveries: "Deliveries", bytesSent: "Sent", lost: "Told to start over", dropped: "Cut: not reading", refused: "Refused", waiting: "Waiting to be published", messages: "Messages kept" },
    oldest: (age: string) => `the oldest for ${age}`,
    position: "Newest position",
    kept: "Kept since position",
    processes: "Web processes",
    columns: { process: "Process", seen: "Seen", streams: "Streams", lag: "Lag", ring: "Held", deliveries: "Deliveries", sent: "Sent" },
    lag: (milliseconds: number) => `${formatNumber(milliseconds)} ms`,
    ring: (messages: number, size: string) => `${formatNumber(messages)} · ${size}`,
  },
};

const UNITS = ["B", "KB", "MB", "GB", "TB"];
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `812 B`, `4.2 KB`, `1.1 GB`, in powers of 1,000. */
export function bytes(size: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, size)) / 3)));
  return `${fine.format(size / 1_000 ** power)} ${UNITS[power]}`;
}
